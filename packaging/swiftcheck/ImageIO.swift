// ImageIO, as far as used: macOS 13 or older.
@_exported import CoreGraphics

public class CGImageDestination {}
public class CGImageSource {}
public func CGImageDestinationCreateWithURL(_ url: CFURL, _ type: CFString, _ count: Int, _ options: CFDictionary?) -> CGImageDestination? { return nil }
public func CGImageDestinationSetProperties(_ d: CGImageDestination, _ properties: CFDictionary?) {}
public func CGImageDestinationAddImage(_ d: CGImageDestination, _ image: CGImage, _ properties: CFDictionary?) {}
public func CGImageDestinationFinalize(_ d: CGImageDestination) -> Bool { return true }
public func CGImageSourceCreateWithURL(_ url: CFURL, _ options: CFDictionary?) -> CGImageSource? { return nil }
public func CGImageSourceGetPrimaryImageIndex(_ s: CGImageSource) -> Int { return 0 }
public func CGImageSourceCopyPropertiesAtIndex(_ s: CGImageSource, _ at: Int, _ options: CFDictionary?) -> CFDictionary? { return nil }

public let kCGImageDestinationLossyCompressionQuality: CFString = NSString()
public let kCGImagePropertyPrimaryImage: CFString = NSString()
public let kCGImagePropertyOrientation: CFString = NSString()
public let kCGImagePropertyHasAlpha: CFString = NSString()
public let kCGImagePropertyGroups: CFString = NSString()
public let kCGImagePropertyGroupIndex: CFString = NSString()
public let kCGImagePropertyGroupType: CFString = NSString()
public let kCGImagePropertyGroupTypeStereoPair: CFString = NSString()
public let kCGImagePropertyGroupImageIsLeftImage: CFString = NSString()
public let kCGImagePropertyGroupImageIsRightImage: CFString = NSString()
public let kCGImagePropertyGroupImageDisparityAdjustment: CFString = NSString()
public let kCGImagePropertyHEIFDictionary: CFString = NSString()
public let kIIOMetadata_CameraExtrinsicsKey: CFString = NSString()
public let kIIOCameraExtrinsics_Position: CFString = NSString()
public let kIIOCameraExtrinsics_Rotation: CFString = NSString()
public let kIIOMetadata_CameraModelKey: CFString = NSString()
public let kIIOCameraModel_Intrinsics: CFString = NSString()
public let kIIOCameraModel_ModelType: CFString = NSString()
public let kIIOCameraModelType_SimplifiedPinhole: CFString = NSString()
public let kCGImagePropertyExifDictionary: CFString = NSString()
public let kCGImagePropertyExifPixelXDimension: CFString = NSString()
public let kCGImagePropertyExifPixelYDimension: CFString = NSString()
public let kCGImagePropertyTIFFDictionary: CFString = NSString()
public let kCGImagePropertyGPSDictionary: CFString = NSString()
public let kCGImagePropertyIPTCDictionary: CFString = NSString()
public let kCGImagePropertyTIFFOrientation: CFString = NSString()

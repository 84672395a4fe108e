// VideoToolbox, as far as used: macOS 14, the projection's kind macOS 15.
@_exported import CoreMedia

public func VTIsStereoMVHEVCEncodeSupported() -> Bool { return true }
public let kVTCompressionPropertyKey_MVHEVCVideoLayerIDs: CFString = NSString()
public let kVTCompressionPropertyKey_MVHEVCViewIDs: CFString = NSString()
public let kVTCompressionPropertyKey_MVHEVCLeftAndRightViewIDs: CFString = NSString()
public let kVTCompressionPropertyKey_HasLeftStereoEyeView: CFString = NSString()
public let kVTCompressionPropertyKey_HasRightStereoEyeView: CFString = NSString()
public let kVTCompressionPropertyKey_StereoCameraBaseline: CFString = NSString()
public let kVTCompressionPropertyKey_HorizontalFieldOfView: CFString = NSString()
public let kVTCompressionPropertyKey_HorizontalDisparityAdjustment: CFString = NSString()
public let kVTCompressionPropertyKey_HeroEye: CFString = NSString()
public let kVTCompressionPropertyKey_ProjectionKind: CFString = NSString()
public let kVTCompressionPropertyKey_AverageBitRate: CFString = NSString()
public let kVTCompressionPropertyKey_Quality: CFString = NSString()
public let kVTCompressionPropertyKey_ProfileLevel: CFString = NSString()
public let kVTCompressionPropertyKey_MasteringDisplayColorVolume: CFString = NSString()
public let kVTCompressionPropertyKey_ContentLightLevelInfo: CFString = NSString()
public let kVTProfileLevel_HEVC_Main10_AutoLevel: CFString = NSString()

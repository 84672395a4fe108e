// CoreVideo, as far as used.
@_exported import Foundation

public class CVBuffer {}
public typealias CVImageBuffer = CVBuffer
public typealias CVPixelBuffer = CVImageBuffer
public class CVPixelBufferPool {}
public typealias CVReturn = Int32
public let kCVReturnSuccess: CVReturn = 0

public struct CVPixelBufferLockFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

public enum CVAttachmentMode: UInt32, Sendable { case shouldNotPropagate, shouldPropagate }
public func CVBufferSetAttachment(_ buffer: CVBuffer, _ key: CFString, _ value: CFTypeRef, _ mode: CVAttachmentMode) {}
public let kCVImageBufferColorPrimariesKey: CFString = NSString()
public let kCVImageBufferTransferFunctionKey: CFString = NSString()
public let kCVImageBufferYCbCrMatrixKey: CFString = NSString()
public let kCVImageBufferMasteringDisplayColorVolumeKey: CFString = NSString()
public let kCVImageBufferContentLightLevelInfoKey: CFString = NSString()

public let kCVPixelBufferPixelFormatTypeKey: CFString = NSString()
public let kCVPixelBufferWidthKey: CFString = NSString()
public let kCVPixelBufferHeightKey: CFString = NSString()
public let kCVPixelBufferIOSurfacePropertiesKey: CFString = NSString()

public let kCVPixelFormatType_32ARGB: OSType = 32
public let kCVPixelFormatType_32BGRA: OSType = 1
public let kCVPixelFormatType_OneComponent8: OSType = 2
public let kCVPixelFormatType_OneComponent16Half: OSType = 3
public let kCVPixelFormatType_OneComponent32Float: OSType = 4
public let kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange: OSType = 5
public let kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: OSType = 6
public let kCVPixelFormatType_420YpCbCr10BiPlanarVideoRange: OSType = 7
public let kCVPixelFormatType_420YpCbCr10BiPlanarFullRange: OSType = 8

public func CVPixelBufferPoolCreate(
    _ allocator: CFAllocator?, _ poolAttributes: CFDictionary?, _ attributes: CFDictionary?,
    _ pool: UnsafeMutablePointer<CVPixelBufferPool?>
) -> CVReturn { return 0 }
public func CVPixelBufferPoolCreatePixelBuffer(
    _ allocator: CFAllocator?, _ pool: CVPixelBufferPool, _ buffer: UnsafeMutablePointer<CVPixelBuffer?>
) -> CVReturn { return 0 }
@discardableResult
public func CVPixelBufferLockBaseAddress(_ b: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn { return 0 }
@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ b: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn { return 0 }
public func CVPixelBufferGetWidth(_ b: CVPixelBuffer) -> Int { return 0 }
public func CVPixelBufferGetHeight(_ b: CVPixelBuffer) -> Int { return 0 }
public func CVPixelBufferGetPixelFormatType(_ b: CVPixelBuffer) -> OSType { return 0 }
public func CVPixelBufferGetBaseAddress(_ b: CVPixelBuffer) -> UnsafeMutableRawPointer? { return nil }
public func CVPixelBufferGetBytesPerRow(_ b: CVPixelBuffer) -> Int { return 0 }
public func CVPixelBufferIsPlanar(_ b: CVPixelBuffer) -> Bool { return true }
public func CVPixelBufferGetPlaneCount(_ b: CVPixelBuffer) -> Int { return 0 }
public func CVPixelBufferGetBaseAddressOfPlane(_ b: CVPixelBuffer, _ plane: Int) -> UnsafeMutableRawPointer? { return nil }
public func CVPixelBufferGetBytesPerRowOfPlane(_ b: CVPixelBuffer, _ plane: Int) -> Int { return 0 }
public func CVPixelBufferGetHeightOfPlane(_ b: CVPixelBuffer, _ plane: Int) -> Int { return 0 }

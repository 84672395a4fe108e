// Core Media, as far as used: macOS 14.
@_exported import CoreVideo

public typealias CMTimeValue = Int64
public typealias CMTimeScale = Int32
public typealias CMPersistentTrackID = Int32
public struct CMTime: Sendable {
    public init(value: CMTimeValue, timescale: CMTimeScale) {}
    public static var positiveInfinity: CMTime { return CMTime(value: 0, timescale: 1) }
    public static var zero: CMTime { return CMTime(value: 0, timescale: 1) }
    public static var invalid: CMTime { return CMTime(value: 0, timescale: 0) }
}
public struct CMTimeRange: Sendable {
    public init(start: CMTime, duration: CMTime) {
        self.start = start
        self.duration = duration
    }
    public var start: CMTime
    public var duration: CMTime
}
public class CMFormatDescription {}
public class CMSampleBuffer {}
public class CMBlockBuffer {}
public typealias CMItemCount = Int
public typealias CMMediaType = OSType
public typealias CMBlockBufferFlags = UInt32
public typealias CMTextFormatDescription = CMFormatDescription
public let kCMMediaType_Text: CMMediaType = 0
public let kCMBlockBufferAssureMemoryNowFlag: CMBlockBufferFlags = 1
public struct CMBlockBufferCustomBlockSource {}
public struct CMSampleTimingInfo {
    public init(duration: CMTime, presentationTimeStamp: CMTime, decodeTimeStamp: CMTime) {}
}
public func CMTextFormatDescriptionCreateFromBigEndianTextDescriptionData(
    allocator: CFAllocator?, bigEndianTextDescriptionData: UnsafePointer<UInt8>, size: Int, flavor: CFString?,
    mediaType: CMMediaType, formatDescriptionOut: UnsafeMutablePointer<CMTextFormatDescription?>
) -> OSStatus { return 0 }
public func CMBlockBufferCreateWithMemoryBlock(
    allocator: CFAllocator?, memoryBlock: UnsafeMutableRawPointer?, blockLength: Int, blockAllocator: CFAllocator?,
    customBlockSource: UnsafePointer<CMBlockBufferCustomBlockSource>?, offsetToData: Int, dataLength: Int,
    flags: CMBlockBufferFlags, blockBufferOut: UnsafeMutablePointer<CMBlockBuffer?>
) -> OSStatus { return 0 }
public func CMBlockBufferReplaceDataBytes(
    with: UnsafeRawPointer, blockBuffer: CMBlockBuffer, offsetIntoDestination: Int, dataLength: Int
) -> OSStatus { return 0 }
public func CMSampleBufferCreateReady(
    allocator: CFAllocator?, dataBuffer: CMBlockBuffer?, formatDescription: CMFormatDescription?, sampleCount: CMItemCount,
    sampleTimingEntryCount: CMItemCount, sampleTimingArray: UnsafePointer<CMSampleTimingInfo>?,
    sampleSizeEntryCount: CMItemCount, sampleSizeArray: UnsafePointer<Int>?,
    sampleBufferOut: UnsafeMutablePointer<CMSampleBuffer?>
) -> OSStatus { return 0 }

public class CMTag {}
public final class CMTypedTag<Value: Sendable>: CMTag {}
public struct CMStereoViewComponents: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let leftEye = CMStereoViewComponents(rawValue: 1)
    public static let rightEye = CMStereoViewComponents(rawValue: 2)
}
extension CMTag {
    public static func videoLayerID(_ id: Int64) -> CMTypedTag<Int64> { fatalError() }
    public static func stereoView(_ view: CMStereoViewComponents) -> CMTypedTag<CMStereoViewComponents> { fatalError() }
}
public struct CMTaggedBuffer {
    public enum Buffer {
        case pixelBuffer(CVPixelBuffer)
        case sampleBuffer(CMSampleBuffer)
    }
    public init(tags: [CMTag], buffer: Buffer) {}
}
public let kCMFormatDescriptionHeroEye_Left: CFString = NSString()
public let kCMFormatDescriptionHeroEye_Right: CFString = NSString()
public let kCMFormatDescriptionProjectionKind_Rectilinear: CFString = NSString()

// AVFoundation, as far as used.
@_exported import CoreMedia

public struct AVMediaType: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let video = AVMediaType(rawValue: "vide")
    public static let audio = AVMediaType(rawValue: "soun")
    public static let metadata = AVMediaType(rawValue: "meta")
    public static let subtitle = AVMediaType(rawValue: "sbtl")
    public static let closedCaption = AVMediaType(rawValue: "clcp")
    public static let text = AVMediaType(rawValue: "text")
}
public struct AVFileType: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let mov = AVFileType(rawValue: "com.apple.quicktime-movie")
}
public struct AVVideoCodecType: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let hevc = AVVideoCodecType(rawValue: "hvc1")
}
public let AVVideoCodecKey = "", AVVideoWidthKey = "", AVVideoHeightKey = "", AVVideoCompressionPropertiesKey = ""
public let AVVideoColorPropertiesKey = "", AVVideoColorPrimariesKey = "", AVVideoTransferFunctionKey = "", AVVideoYCbCrMatrixKey = ""
public let AVVideoColorPrimaries_ITU_R_709_2 = "", AVVideoColorPrimaries_SMPTE_C = "", AVVideoColorPrimaries_ITU_R_2020 = "", AVVideoColorPrimaries_P3_D65 = ""
public let AVVideoTransferFunction_ITU_R_709_2 = "", AVVideoTransferFunction_SMPTE_ST_2084_PQ = "", AVVideoTransferFunction_ITU_R_2100_HLG = ""
public let AVVideoYCbCrMatrix_ITU_R_709_2 = "", AVVideoYCbCrMatrix_ITU_R_601_4 = "", AVVideoYCbCrMatrix_ITU_R_2020 = ""
public let AVVideoPixelAspectRatioKey = "", AVVideoPixelAspectRatioHorizontalSpacingKey = "", AVVideoPixelAspectRatioVerticalSpacingKey = ""

public let AVFoundationErrorDomain: String = ""
public struct AVError {
    public enum Code: Int {
        case diskFull = -11807
    }
}

// MARK: reading

public class AVPartialAsyncProperty<Root> {}
public class AVAsyncProperty<Root, T>: AVPartialAsyncProperty<Root> {}
public protocol AVAsynchronousKeyValueLoading: AnyObject {}
extension AVAsynchronousKeyValueLoading {
    public func load<T>(_ property: AVAsyncProperty<Self, T>) async throws -> T { fatalError() }
}
open class AVMetadataItem: NSObject {}
open class AVAsset: NSObject, AVAsynchronousKeyValueLoading {}
open class AVURLAsset: AVAsset {
    public convenience init(url: URL) { self.init() }
}
open class AVAssetTrack: NSObject, AVAsynchronousKeyValueLoading {
    open var mediaType: AVMediaType { return .video }
    open var trackID: CMPersistentTrackID { return 0 }
    public struct AssociationType: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let chapterList = AssociationType(rawValue: "chap")
    }
    open func loadAssociatedTracks(ofType type: AssociationType) async throws -> [AVAssetTrack] { return [] }
}
extension AVPartialAsyncProperty where Root: AVAsset {
    public static var metadata: AVAsyncProperty<Root, [AVMetadataItem]> { fatalError() }
    public static var tracks: AVAsyncProperty<Root, [AVAssetTrack]> { fatalError() }
}
extension AVPartialAsyncProperty where Root: AVAssetTrack {
    public static var formatDescriptions: AVAsyncProperty<Root, [CMFormatDescription]> { fatalError() }
}
open class AVAssetReader: NSObject {
    public enum Status: Int, Sendable { case unknown, reading, completed, failed, cancelled }
    public init(asset: AVAsset) throws {}
    open var status: Status { return .unknown }
    open var error: Error? { return nil }
    open var timeRange = CMTimeRange(start: .zero, duration: .positiveInfinity)
    open func canAdd(_ output: AVAssetReaderOutput) -> Bool { return true }
    open func add(_ output: AVAssetReaderOutput) {}
    open func startReading() -> Bool { return true }
    open func cancelReading() {}
}
open class AVAssetReaderOutput: NSObject {
    open var alwaysCopiesSampleData = true
    open func copyNextSampleBuffer() -> CMSampleBuffer? { return nil }
}
open class AVAssetReaderTrackOutput: AVAssetReaderOutput {
    public init(track: AVAssetTrack, outputSettings: [String: Any]?) { self.track = track }
    open private(set) var track: AVAssetTrack
}

// MARK: writing

open class AVAssetWriter: NSObject {
    public enum Status: Int, Sendable { case unknown, writing, completed, failed, cancelled }
    public init(outputURL: URL, fileType: AVFileType) throws { self.outputURL = outputURL }
    open private(set) var outputURL: URL
    open var status: Status { return .unknown }
    open var error: Error? { return nil }
    open var metadata: [AVMetadataItem] = []
    open var movieTimeScale: CMTimeScale = 0
    open func canApply(outputSettings: [String: Any]?, forMediaType: AVMediaType) -> Bool { return true }
    open func canAdd(_ input: AVAssetWriterInput) -> Bool { return true }
    open func add(_ input: AVAssetWriterInput) {}
    open func startWriting() -> Bool { return true }
    open func startSession(atSourceTime: CMTime) {}
    open func endSession(atSourceTime: CMTime) {}
    open func cancelWriting() {}
    open func finishWriting(completionHandler: @escaping @Sendable () -> Void) {}
    open func finishWriting() async {}
}
open class AVAssetWriterInput: NSObject {
    public convenience init(mediaType: AVMediaType, outputSettings: [String: Any]?) { self.init(mediaType: mediaType, outputSettings: outputSettings, sourceFormatHint: nil) }
    public init(mediaType: AVMediaType, outputSettings: [String: Any]?, sourceFormatHint: CMFormatDescription?) {}
    open var expectsMediaDataInRealTime = false
    open var mediaTimeScale: CMTimeScale = 0
    open var marksOutputTrackAsEnabled = true
    open func canAddTrackAssociation(withTrackOf input: AVAssetWriterInput, type: String) -> Bool { return true }
    open func addTrackAssociation(withTrackOf input: AVAssetWriterInput, type: String) {}
    open var isReadyForMoreMediaData: Bool { return true }
    open func requestMediaDataWhenReady(on queue: DispatchQueue, using block: @escaping @Sendable () -> Void) {}
    open func append(_ sample: CMSampleBuffer) -> Bool { return true }
    open func markAsFinished() {}
}
open class AVAssetWriterInputTaggedPixelBufferGroupAdaptor: NSObject {
    public init(assetWriterInput: AVAssetWriterInput, sourcePixelBufferAttributes: [String: Any]? = nil) {}
    open var pixelBufferPool: CVPixelBufferPool? { return nil }
    public func appendTaggedBuffers(_ buffers: [CMTaggedBuffer], withPresentationTime: CMTime) -> Bool { return true }
}

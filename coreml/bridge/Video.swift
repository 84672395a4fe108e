// Spatial video: MV-HEVC written by AVAssetWriter, with the cameras' data, the
// source's other tracks and its chapters.

import AVFoundation
import CoreMedia
import CoreVideo
import Foundation
import VideoToolbox

/// A film being written. One call at a time; the copied tracks run beside it
/// on queues of their own.
final class SpatialFilm {
    private let writer: AVAssetWriter
    private let video: AVAssetWriterInput
    private let adaptor: AVAssetWriterInputTaggedPixelBufferGroupAdaptor
    private let others: Passthrough
    private let colour: [(CFString, CFTypeRef)]
    private let chapters: Int
    private let format: Int32
    private let width: Int32
    private let height: Int32
    private let timescale: Int32
    private var frames = 0
    private var complete = false

    init(_ options: sm_video_options) throws {
        guard VTIsStereoMVHEVCEncodeSupported() else {
            throw BridgeError.unsupported("this Mac's encoder does not do MV-HEVC; Apple silicon does")
        }
        let url = try fileURL(options.path)
        if FileManager.default.fileExists(atPath: url.path) {
            throw BridgeError.argument("\(url.path) exists")
        }
        format = options.format
        width = options.width
        height = options.height
        timescale = options.timescale
        writer = try AVAssetWriter(outputURL: url, fileType: .mov)
        writer.movieTimeScale = options.timescale
        let settings = try outputSettings(options)
        // What the encoder cannot take would raise an exception below.
        guard writer.canApply(outputSettings: settings, forMediaType: .video) else {
            throw BridgeError.unsupported("the encoder does not take these settings")
        }
        video = AVAssetWriterInput(mediaType: .video, outputSettings: settings)
        video.expectsMediaDataInRealTime = false
        video.mediaTimeScale = options.timescale
        adaptor = AVAssetWriterInputTaggedPixelBufferGroupAdaptor(
            assetWriterInput: video,
            sourcePixelBufferAttributes: [
                kCVPixelBufferPixelFormatTypeKey as String: try bufferFormat(options),
                kCVPixelBufferWidthKey as String: Int(options.width),
                kCVPixelBufferHeightKey as String: Int(options.height),
                kCVPixelBufferIOSurfacePropertiesKey as String: [String: Any](),
            ])
        guard writer.canAdd(video) else {
            throw BridgeError.unsupported("the writer does not take MV-HEVC")
        }
        writer.add(video)
        colour = colourAttachments(options)
        let titles = try chapterTrack(options, of: video, in: writer)
        chapters = titles == nil ? 0 : Int(options.chapter_count)
        let source = options.source.map { URL(fileURLWithPath: String(cString: $0)) }
        others = try Passthrough(source, titles, into: writer)
        if titles == nil && options.chapter_count > 0 {
            others.leaveOut("list of chapters")
        }
        guard writer.startWriting() else {
            throw failure("it does not start")
        }
        let start = CMTime(value: options.start, timescale: options.timescale)
        writer.startSession(atSourceTime: start)
        var stretch = CMTimeRange(start: start, duration: .positiveInfinity)
        if options.until > options.start {
            stretch.duration = CMTime(value: options.until - options.start, timescale: options.timescale)
        }
        do {
            try others.begin(stretch)
        } catch let problem {
            writer.cancelWriting()
            throw problem
        }
    }

    /// What the writer has to say about its end, or else the given words.
    private func failure(_ words: String) -> Error {
        return writer.error ?? BridgeError.failed(words)
    }

    func append(_ left: sm_image, _ right: sm_image, _ time: Int64, _ token: Token?) throws {
        while !video.isReadyForMoreMediaData {
            try token?.check()
            guard writer.status == .writing else {
                throw failure("the writer has stopped")
            }
            Thread.sleep(forTimeInterval: 0.001)
        }
        try token?.check()
        guard writer.status == .writing else {
            throw failure("the writer has stopped")
        }
        let leftTags: [CMTag] = [.videoLayerID(0), .stereoView(.leftEye)]
        let rightTags: [CMTag] = [.videoLayerID(1), .stereoView(.rightEye)]
        let eyes = [
            CMTaggedBuffer(tags: leftTags, buffer: .pixelBuffer(try buffer(left))),
            CMTaggedBuffer(tags: rightTags, buffer: .pixelBuffer(try buffer(right))),
        ]
        guard adaptor.appendTaggedBuffers(eyes, withPresentationTime: CMTime(value: time, timescale: timescale)) else {
            throw failure("a frame was refused")
        }
        frames += 1
    }

    private func buffer(_ eye: sm_image) throws -> CVPixelBuffer {
        guard eye.format == format, eye.width == width, eye.height == height else {
            throw BridgeError.argument("an eye of format \(eye.format), \(eye.width)x\(eye.height)")
        }
        guard let pool = adaptor.pixelBufferPool else {
            throw failure("the writer has no pixel buffers")
        }
        var made: CVPixelBuffer?
        let status = CVPixelBufferPoolCreatePixelBuffer(kCFAllocatorDefault, pool, &made)
        guard status == kCVReturnSuccess, let target = made else {
            throw BridgeError.failed("no pixel buffer (\(status))")
        }
        try copyPlanes(eye, target)
        for (key, value) in colour {
            CVBufferSetAttachment(target, key, value, .shouldPropagate)
        }
        return target
    }

    func finish(_ end: Int64, _ token: Token?) throws -> [String: Any] {
        guard !complete else {
            throw BridgeError.argument("the film is finished")
        }
        video.markAsFinished()
        while !others.wait(milliseconds: 50) {
            try token?.check()
            guard writer.status == .writing else {
                throw failure("the writer has stopped")
            }
        }
        if let problem = others.problem {
            throw writer.error ?? problem
        }
        try token?.check()
        guard writer.status == .writing else {
            throw failure("the writer has stopped")
        }
        writer.endSession(atSourceTime: CMTime(value: end, timescale: timescale))
        let done = DispatchSemaphore(value: 0)
        writer.finishWriting {
            done.signal()
        }
        done.wait()
        guard writer.status == .completed else {
            throw failure("the file could not be completed")
        }
        complete = true
        return [
            "frames": frames, "audio": others.audio, "other": others.other, "chapters": chapters,
            "skipped": others.skipped,
        ]
    }

    /// Ends an unfinished film; its file goes.
    func close() {
        guard !complete else {
            return
        }
        others.stop()
        if writer.status == .writing {
            writer.cancelWriting()
        }
        try? FileManager.default.removeItem(at: writer.outputURL)
    }
}

private func bufferFormat(_ options: sm_video_options) throws -> OSType {
    switch (options.format, options.full_range != 0) {
    case (SM_YUV420_8, false):
        return kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange
    case (SM_YUV420_8, true):
        return kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
    case (SM_YUV420_10, false):
        return kCVPixelFormatType_420YpCbCr10BiPlanarVideoRange
    case (SM_YUV420_10, true):
        return kCVPixelFormatType_420YpCbCr10BiPlanarFullRange
    default:
        throw BridgeError.argument("a film of format \(options.format)")
    }
}

/// Layer and view 0 are the left eye, 1 the right, as in Apple's own files.
private func outputSettings(_ options: sm_video_options) throws -> [String: Any] {
    let camera = options.camera
    var compression: [String: Any] = [
        kVTCompressionPropertyKey_MVHEVCVideoLayerIDs as String: [0, 1],
        kVTCompressionPropertyKey_MVHEVCViewIDs as String: [0, 1],
        kVTCompressionPropertyKey_MVHEVCLeftAndRightViewIDs as String: [0, 1],
        kVTCompressionPropertyKey_HasLeftStereoEyeView as String: true,
        kVTCompressionPropertyKey_HasRightStereoEyeView as String: true,
        kVTCompressionPropertyKey_StereoCameraBaseline as String: UInt32(camera.baseline),
        kVTCompressionPropertyKey_HorizontalFieldOfView as String: UInt32(camera.field),
        kVTCompressionPropertyKey_HorizontalDisparityAdjustment as String: camera.adjustment,
    ]
    #if compiler(>=6.0)
    if #available(macOS 15.0, *) {
        compression[kVTCompressionPropertyKey_ProjectionKind as String] =
            kCMFormatDescriptionProjectionKind_Rectilinear as String
    }
    #endif
    if camera.hero == 1 {
        compression[kVTCompressionPropertyKey_HeroEye as String] = kCMFormatDescriptionHeroEye_Left as String
    } else if camera.hero == 2 {
        compression[kVTCompressionPropertyKey_HeroEye as String] = kCMFormatDescriptionHeroEye_Right as String
    }
    if options.bitrate > 0 {
        compression[kVTCompressionPropertyKey_AverageBitRate as String] = options.bitrate
    } else if options.quality >= 0 {
        compression[kVTCompressionPropertyKey_Quality as String] = options.quality
    }
    if options.format == SM_YUV420_10 {
        compression[kVTCompressionPropertyKey_ProfileLevel as String] = kVTProfileLevel_HEVC_Main10_AutoLevel as String
    }
    if let volume = options.mastering {
        compression[kVTCompressionPropertyKey_MasteringDisplayColorVolume as String] = Data(bytes: volume, count: 24)
    }
    if let light = options.light {
        compression[kVTCompressionPropertyKey_ContentLightLevelInfo as String] = Data(bytes: light, count: 4)
    }
    var settings: [String: Any] = [
        AVVideoCodecKey: AVVideoCodecType.hevc,
        AVVideoWidthKey: Int(options.width),
        AVVideoHeightKey: Int(options.height),
        AVVideoCompressionPropertiesKey: compression,
    ]
    if options.pixel_width > 0 && options.pixel_width != options.pixel_height {
        settings[AVVideoPixelAspectRatioKey] = [
            AVVideoPixelAspectRatioHorizontalSpacingKey: Int(options.pixel_width),
            AVVideoPixelAspectRatioVerticalSpacingKey: Int(options.pixel_height),
        ]
    }
    if let (primaries, transfer, matrix) = colourNames(options) {
        settings[AVVideoColorPropertiesKey] = [
            AVVideoColorPrimariesKey: primaries,
            AVVideoTransferFunctionKey: transfer,
            AVVideoYCbCrMatrixKey: matrix,
        ]
    }
    return settings
}

/// The three go together or not at all.
private func colourNames(_ options: sm_video_options) -> (String, String, String)? {
    guard let primaries = primariesName(options.primaries), let transfer = transferName(options.transfer),
        let matrix = matrixName(options.matrix)
    else {
        return nil
    }
    return (primaries, transfer, matrix)
}

/// What every eye says of its colours: the same as the film, so that nothing is
/// converted on the way. The values of AVVideo… are those of kCVImageBuffer….
private func colourAttachments(_ options: sm_video_options) -> [(CFString, CFTypeRef)] {
    var all: [(CFString, CFTypeRef)] = []
    if let (primaries, transfer, matrix) = colourNames(options) {
        all.append((kCVImageBufferColorPrimariesKey, primaries as CFString))
        all.append((kCVImageBufferTransferFunctionKey, transfer as CFString))
        all.append((kCVImageBufferYCbCrMatrixKey, matrix as CFString))
    }
    if let volume = options.mastering {
        all.append((kCVImageBufferMasteringDisplayColorVolumeKey, Data(bytes: volume, count: 24) as CFData))
    }
    if let light = options.light {
        all.append((kCVImageBufferContentLightLevelInfoKey, Data(bytes: light, count: 4) as CFData))
    }
    return all
}

private func primariesName(_ code: Int32) -> String? {
    switch code {
    case 1:
        return AVVideoColorPrimaries_ITU_R_709_2
    case 5, 6:
        return AVVideoColorPrimaries_SMPTE_C
    case 9:
        return AVVideoColorPrimaries_ITU_R_2020
    case 12:
        return AVVideoColorPrimaries_P3_D65
    default:
        return nil
    }
}

private func transferName(_ code: Int32) -> String? {
    switch code {
    case 1, 6, 14, 15:  // one curve under four numbers
        return AVVideoTransferFunction_ITU_R_709_2
    case 16:
        return AVVideoTransferFunction_SMPTE_ST_2084_PQ
    case 18:
        return AVVideoTransferFunction_ITU_R_2100_HLG
    default:
        return nil
    }
}

private func matrixName(_ code: Int32) -> String? {
    switch code {
    case 1:
        return AVVideoYCbCrMatrix_ITU_R_709_2
    case 5, 6:
        return AVVideoYCbCrMatrix_ITU_R_601_4
    case 9:
        return AVVideoYCbCrMatrix_ITU_R_2020
    default:
        return nil
    }
}

@_cdecl("sm_video_open")
public func smVideoOpen(
    _ options: UnsafePointer<sm_video_options>?, _ writer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let options = options else {
            throw BridgeError.argument("no options")
        }
        writer?.pointee = retained(try SpatialFilm(options.pointee))
    }
}

@_cdecl("sm_video_append")
public func smVideoAppend(
    _ writer: UnsafeMutableRawPointer?, _ token: UnsafeMutableRawPointer?,
    _ left: UnsafePointer<sm_image>?, _ right: UnsafePointer<sm_image>?, _ time: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let film = object(writer, as: SpatialFilm.self), let left = left, let right = right else {
            throw BridgeError.argument("no film or no eyes")
        }
        try film.append(left.pointee, right.pointee, time, object(token, as: Token.self))
    }
}

@_cdecl("sm_video_finish")
public func smVideoFinish(
    _ writer: UnsafeMutableRawPointer?, _ token: UnsafeMutableRawPointer?, _ end: Int64,
    _ text: UnsafeMutablePointer<CChar>?, _ textSize: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let film = object(writer, as: SpatialFilm.self) else {
            throw BridgeError.argument("no film")
        }
        try answer(try film.finish(end, object(token, as: Token.self)), text, textSize)
    }
}

@_cdecl("sm_video_free")
public func smVideoFree(_ writer: UnsafeMutableRawPointer?) {
    autoreleasepool {
        object(writer, as: SpatialFilm.self)?.close()
        release(writer)
    }
}

// Chapters: a QuickTime text track with a title for each, which the pictures'
// track names as its list of chapters.

import AVFoundation
import CoreMedia
import Foundation

/// Adds the track of titles to the writer, before writing starts; nil where
/// there are no chapters or the writer takes none.
func chapterTrack(
    _ options: sm_video_options, of video: AVAssetWriterInput, in writer: AVAssetWriter
) throws -> SideTrack? {
    guard options.chapter_count > 0, let first = options.chapters else {
        return nil
    }
    let format = try titleFormat()
    let samples = try UnsafeBufferPointer(start: first, count: Int(options.chapter_count)).map {
        try titleSample($0, options.timescale, format)
    }
    let input = AVAssetWriterInput(mediaType: .text, outputSettings: nil, sourceFormatHint: format)
    input.expectsMediaDataInRealTime = false
    input.mediaTimeScale = options.timescale
    input.marksOutputTrackAsEnabled = false  // a list to choose from, not to be shown
    let association = AVAssetTrack.AssociationType.chapterList.rawValue
    guard writer.canAdd(input), video.canAddTrackAssociation(withTrackOf: input, type: association) else {
        return nil
    }
    writer.add(input)
    video.addTrackAssociation(withTrackOf: input, type: association)
    var rest = samples.makeIterator()
    return SideTrack(name: "list of chapters", input: input, next: { rest.next() })
}

/// A text description that leaves everything at zero: no flags, colours, box or
/// font. See "Text Sample Description" in the QuickTime file format.
private func titleFormat() throws -> CMFormatDescription {
    var description = [UInt8](repeating: 0, count: 60)
    description[3] = 60  // its size
    description.replaceSubrange(4..<8, with: Array("text".utf8))
    description[15] = 1  // the data reference: this file
    var made: CMFormatDescription?
    let status = CMTextFormatDescriptionCreateFromBigEndianTextDescriptionData(
        allocator: kCFAllocatorDefault, bigEndianTextDescriptionData: description, size: description.count,
        flavor: nil, mediaType: kCMMediaType_Text, formatDescriptionOut: &made)
    guard status == noErr, let format = made else {
        throw BridgeError.failed("no format for chapters (\(status))")
    }
    return format
}

/// A title as a sample: its length in two bytes, its bytes, and an atom that
/// says they are UTF-8.
private func titleSample(_ chapter: sm_chapter, _ timescale: Int32, _ format: CMFormatDescription) throws
    -> CMSampleBuffer
{
    let title = Array(try string(chapter.title).utf8)
    guard title.count <= Int(UInt16.max), chapter.end > chapter.start else {
        throw BridgeError.argument("a chapter from \(chapter.start) to \(chapter.end)")
    }
    let encoding: [UInt8] = [0, 0, 0, 12] + Array("encd".utf8) + [0, 0, 1, 0]
    let bytes: [UInt8] = [UInt8(title.count >> 8), UInt8(title.count & 255)] + title + encoding
    var block: CMBlockBuffer?
    var status = CMBlockBufferCreateWithMemoryBlock(
        allocator: kCFAllocatorDefault, memoryBlock: nil, blockLength: bytes.count, blockAllocator: kCFAllocatorDefault,
        customBlockSource: nil, offsetToData: 0, dataLength: bytes.count, flags: kCMBlockBufferAssureMemoryNowFlag,
        blockBufferOut: &block)
    guard status == noErr, let data = block else {
        throw BridgeError.failed("no memory for a chapter (\(status))")
    }
    status = CMBlockBufferReplaceDataBytes(
        with: bytes, blockBuffer: data, offsetIntoDestination: 0, dataLength: bytes.count)
    guard status == noErr else {
        throw BridgeError.failed("a chapter cannot be copied (\(status))")
    }
    var timing = CMSampleTimingInfo(
        duration: CMTime(value: chapter.end - chapter.start, timescale: timescale),
        presentationTimeStamp: CMTime(value: chapter.start, timescale: timescale), decodeTimeStamp: .invalid)
    var size = bytes.count
    var made: CMSampleBuffer?
    status = CMSampleBufferCreateReady(
        allocator: kCFAllocatorDefault, dataBuffer: data, formatDescription: format, sampleCount: 1,
        sampleTimingEntryCount: 1, sampleTimingArray: &timing, sampleSizeEntryCount: 1, sampleSizeArray: &size,
        sampleBufferOut: &made)
    guard status == noErr, let sample = made else {
        throw BridgeError.failed("no sample for a chapter (\(status))")
    }
    return sample
}

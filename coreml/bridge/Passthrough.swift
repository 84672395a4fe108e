// The tracks of a source other than its pictures, copied unchanged.

import AVFoundation
import CoreMedia
import Foundation

/// Copies audio, timed metadata, subtitles and closed captions, and the file's
/// own metadata. Each track runs on a queue of its own, since the writer takes
/// samples of all tracks in step.
final class Passthrough: @unchecked Sendable {
    private let reader: AVAssetReader
    private let group = DispatchGroup()
    private let lock = NSLock()
    private var tracks: [(AVAssetReaderTrackOutput, AVAssetWriterInput)] = []
    private var stopped = false
    private var trouble: Error?
    private(set) var audio = 0
    private(set) var other = 0
    private(set) var skipped: [String] = []

    init(_ url: URL, into writer: AVAssetWriter) throws {
        let asset = AVURLAsset(url: url)
        writer.metadata = try waitFor { try await asset.load(.metadata) }
        let all = try waitFor { try await asset.load(.tracks) }
        reader = try AVAssetReader(asset: asset)
        for track in all where track.mediaType != .video {
            let formats = try waitFor { try await track.load(.formatDescriptions) }
            add(track, formats.first, writer)
        }
    }

    private func add(_ track: AVAssetTrack, _ format: CMFormatDescription?, _ writer: AVAssetWriter) {
        let kind = track.mediaType
        guard [.audio, .metadata, .subtitle, .closedCaption].contains(kind), let format = format else {
            skipped.append("\(kind.rawValue) track \(track.trackID)")
            return
        }
        let output = AVAssetReaderTrackOutput(track: track, outputSettings: nil)
        output.alwaysCopiesSampleData = false
        let input = AVAssetWriterInput(mediaType: kind, outputSettings: nil, sourceFormatHint: format)
        input.expectsMediaDataInRealTime = false
        guard reader.canAdd(output), writer.canAdd(input) else {
            skipped.append("\(kind.rawValue) track \(track.trackID)")
            return
        }
        reader.add(output)
        writer.add(input)
        tracks.append((output, input))
        if kind == .audio {
            audio += 1
        } else {
            other += 1
        }
    }

    /// Begins copying a stretch of the source, on its own clock.
    func begin(_ range: CMTimeRange) throws {
        if tracks.isEmpty {
            return
        }
        reader.timeRange = range
        guard reader.startReading() else {
            throw reader.error ?? BridgeError.failed("the source's tracks cannot be read")
        }
        for (index, (output, input)) in tracks.enumerated() {
            group.enter()
            pump(output, input, DispatchQueue(label: "spatialmaker.copy.\(index)"))
        }
    }

    private func pump(_ output: AVAssetReaderTrackOutput, _ input: AVAssetWriterInput, _ queue: DispatchQueue) {
        let ended = Flag()
        input.requestMediaDataWhenReady(on: queue) { [self] in
            while !ended.isSet && input.isReadyForMoreMediaData {
                let more = autoreleasepool { () -> Bool in
                    guard !isStopped, let sample = output.copyNextSampleBuffer() else {
                        return false
                    }
                    if input.append(sample) {
                        return true
                    }
                    note(BridgeError.failed("a sample of track \(output.track.trackID) was refused"))
                    return false
                }
                if !more {
                    ended.set()
                    if reader.status == .failed {
                        note(reader.error ?? BridgeError.failed("the source's tracks cannot be read to their end"))
                    }
                    if !isStopped {
                        input.markAsFinished()
                    }
                    group.leave()
                }
            }
        }
    }

    /// Waits a while for the copies and says whether they have ended.
    func wait(milliseconds: Int) -> Bool {
        return group.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
    }

    func stop() {
        lock.lock()
        stopped = true
        lock.unlock()
        if reader.status == .reading {
            reader.cancelReading()
        }
    }

    var problem: Error? {
        lock.lock()
        defer { lock.unlock() }
        return trouble
    }

    private var isStopped: Bool {
        lock.lock()
        defer { lock.unlock() }
        return stopped
    }

    private func note(_ failure: Error) {
        lock.lock()
        defer { lock.unlock() }
        if trouble == nil && !stopped {
            trouble = failure
        }
    }
}

/// A flag of one queue: the writer may call a finished track's block again.
private final class Flag: @unchecked Sendable {
    private(set) var isSet = false

    func set() {
        isSet = true
    }
}

// The tracks beside the pictures: those of a source, copied unchanged, and the
// chapters.

import AVFoundation
import CoreMedia
import Foundation

/// A track to be written: where its samples come from and where they go.
struct SideTrack {
    let name: String
    let input: AVAssetWriterInput
    let next: () -> CMSampleBuffer?
}

/// Copies audio, timed metadata, subtitles and closed captions of a source, if
/// there is one, and its own metadata, and writes the chapters. Each track runs
/// on a queue of its own, since the writer takes samples of all tracks in step.
final class Passthrough: @unchecked Sendable {
    private let reader: AVAssetReader?
    private var tracks: [SideTrack] = []
    private var queues: [DispatchQueue] = []
    /// Guards what follows it. No dispatch group: one that is let go while a
    /// copy still runs, as after a cancelled film, ends the program.
    private let state = NSCondition()
    private var running = 0
    private var stopped = false
    private var trouble: Error?
    private(set) var audio = 0
    private(set) var other = 0
    private(set) var skipped: [String] = []

    init(_ url: URL?, _ chapters: SideTrack?, into writer: AVAssetWriter) throws {
        if let chapters = chapters {
            tracks.append(chapters)
        }
        guard let url = url else {
            reader = nil
            return
        }
        let asset = AVURLAsset(url: url)
        writer.metadata = try waitFor { try await asset.load(.metadata) }
        let all = try waitFor { try await asset.load(.tracks) }
        let reader = try AVAssetReader(asset: asset)
        self.reader = reader
        // The source's chapters come from the caller, at the times of this film.
        var titles: Set<CMPersistentTrackID> = []
        for track in all {
            let own = try waitFor { try await track.loadAssociatedTracks(ofType: .chapterList) }
            titles.formUnion(own.map { $0.trackID })
        }
        for track in all where track.mediaType != .video && !titles.contains(track.trackID) {
            let formats = try waitFor { try await track.load(.formatDescriptions) }
            add(track, formats.first, reader, writer)
        }
    }

    /// Names a track that the file cannot hold.
    func leaveOut(_ name: String) {
        skipped.append(name)
    }

    private func add(
        _ track: AVAssetTrack, _ format: CMFormatDescription?, _ reader: AVAssetReader, _ writer: AVAssetWriter
    ) {
        let kind = track.mediaType
        let name = "\(kind.rawValue) track \(track.trackID)"
        guard [.audio, .metadata, .subtitle, .closedCaption].contains(kind), let format = format else {
            leaveOut(name)
            return
        }
        let output = AVAssetReaderTrackOutput(track: track, outputSettings: nil)
        output.alwaysCopiesSampleData = false
        let input = AVAssetWriterInput(mediaType: kind, outputSettings: nil, sourceFormatHint: format)
        input.expectsMediaDataInRealTime = false
        guard reader.canAdd(output), writer.canAdd(input) else {
            leaveOut(name)
            return
        }
        reader.add(output)
        writer.add(input)
        tracks.append(SideTrack(name: name, input: input, next: { output.copyNextSampleBuffer() }))
        if kind == .audio {
            audio += 1
        } else {
            other += 1
        }
    }

    /// Begins copying a stretch of the source, on its own clock.
    func begin(_ range: CMTimeRange) throws {
        if let reader = reader, audio + other > 0 {
            reader.timeRange = range
            guard reader.startReading() else {
                throw reader.error ?? BridgeError.failed("the source's tracks cannot be read")
            }
        }
        running = tracks.count
        for (index, track) in tracks.enumerated() {
            let queue = DispatchQueue(label: "spatialmaker.copy.\(index)")
            queues.append(queue)
            pump(track.name, track.next, track.input, queue)
        }
    }

    /// Writes a track on its queue. The block holds neither this object nor
    /// the input, which holds the block.
    private func pump(
        _ name: String, _ next: @escaping () -> CMSampleBuffer?, _ input: AVAssetWriterInput, _ queue: DispatchQueue
    ) {
        let ended = Flag()
        input.requestMediaDataWhenReady(on: queue) { [weak self, weak input] in
            guard let self = self, let input = input else {
                return
            }
            while !ended.isSet && input.isReadyForMoreMediaData {
                let more = autoreleasepool { () -> Bool in
                    return self.step(name, next, input)
                }
                if !more {
                    ended.set()
                    self.leave(input)
                }
            }
        }
    }

    /// Copies one sample and says whether there may be another.
    private func step(_ name: String, _ next: () -> CMSampleBuffer?, _ input: AVAssetWriterInput) -> Bool {
        guard !isStopped, let sample = next() else {
            return false
        }
        if input.append(sample) {
            return true
        }
        note(BridgeError.failed("a sample of the \(name) was refused"))
        return false
    }

    /// Ends a track's copy.
    private func leave(_ input: AVAssetWriterInput) {
        if !isStopped {
            if let reader = reader, reader.status == .failed {
                note(reader.error ?? BridgeError.failed("the source's tracks cannot be read to their end"))
            }
            input.markAsFinished()
        }
        state.lock()
        running -= 1
        state.broadcast()
        state.unlock()
    }

    /// Waits a while for the copies and says whether they have ended.
    func wait(milliseconds: Int) -> Bool {
        let limit = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
        state.lock()
        defer { state.unlock() }
        while running > 0 {
            if !state.wait(until: limit) {
                return running == 0
            }
        }
        return true
    }

    /// Ends the copies early. Neither the reader nor the writer may be cancelled
    /// while a sample is on its way, so the queues are let run empty first.
    func stop() {
        state.lock()
        stopped = true
        state.unlock()
        for queue in queues {
            queue.sync {}
        }
        if let reader = reader, reader.status == .reading {
            reader.cancelReading()
        }
    }

    var problem: Error? {
        state.lock()
        defer { state.unlock() }
        return trouble
    }

    private var isStopped: Bool {
        state.lock()
        defer { state.unlock() }
        return stopped
    }

    private func note(_ failure: Error) {
        state.lock()
        defer { state.unlock() }
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

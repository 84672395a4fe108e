// Predictions: from the caller's pixels into the caller's floats.

import Accelerate
import CoreML
import CoreVideo
import Foundation

/// A model and what its predictions share. Used from any thread.
final class LoadedModel: @unchecked Sendable {
    let model: MLModel
    private let concurrency: Int
    private let gate: DispatchSemaphore
    private let lock = NSLock()
    private var pools: [String: CVPixelBufferPool] = [:]
    private var backingsWork = true

    init(_ model: MLModel, concurrency: Int) {
        self.model = model
        self.concurrency = concurrency
        self.gate = DispatchSemaphore(value: concurrency)
    }

    func predict(_ input: String, _ output: String, _ picture: sm_image, _ floats: sm_floats) throws {
        let features = try MLDictionaryFeatureProvider(dictionary: [input: try value(picture, input)])
        gate.wait()
        defer { gate.signal() }
        if let options = backed(output) {
            do {
                try store(try run(features, options), output, floats)
                return
            } catch let failure where !(failure is BridgeError) {
                // Not every engine takes them: go on without, for good.
                lock.lock()
                backingsWork = false
                lock.unlock()
            }
        }
        try store(try run(features, MLPredictionOptions()), output, floats)
    }

    /// The synchronous call is for one prediction at a time, the asynchronous
    /// one for several.
    private func run(_ features: MLFeatureProvider, _ options: MLPredictionOptions) throws -> MLFeatureProvider {
        if concurrency == 1 {
            return try model.prediction(from: features, options: options)
        }
        let shared = model
        return try waitFor { try await shared.prediction(from: features, options: options) }
    }

    // MARK: pixel buffers

    /// A buffer from the pool of its kind; it goes back when nothing holds it.
    private func buffer(_ width: Int, _ height: Int, _ format: OSType) throws -> CVPixelBuffer {
        let key = "\(format) \(width) \(height)"
        lock.lock()
        defer { lock.unlock() }
        if pools[key] == nil {
            let attributes: [String: Any] = [
                kCVPixelBufferPixelFormatTypeKey as String: format,
                kCVPixelBufferWidthKey as String: width,
                kCVPixelBufferHeightKey as String: height,
                kCVPixelBufferIOSurfacePropertiesKey as String: [String: Any](),
            ]
            var made: CVPixelBufferPool?
            let status = CVPixelBufferPoolCreate(kCFAllocatorDefault, nil, attributes as CFDictionary, &made)
            guard status == kCVReturnSuccess, let pool = made else {
                throw BridgeError.failed("no pool of \(width)x\(height) pixel buffers (\(status))")
            }
            pools[key] = pool
        }
        guard let pool = pools[key] else {
            throw BridgeError.failed("no pool of pixel buffers")
        }
        var made: CVPixelBuffer?
        let status = CVPixelBufferPoolCreatePixelBuffer(kCFAllocatorDefault, pool, &made)
        guard status == kCVReturnSuccess, let buffer = made else {
            throw BridgeError.failed("no pixel buffer of \(width)x\(height) (\(status))")
        }
        return buffer
    }

    /// Options whose output goes to a pooled buffer, so that a long film does
    /// not make a new surface for every frame; nil where that does not apply.
    private func backed(_ output: String) -> MLPredictionOptions? {
        lock.lock()
        let works = backingsWork
        lock.unlock()
        guard works, let description = model.modelDescription.outputDescriptionsByName[output] else {
            return nil
        }
        let options = MLPredictionOptions()
        if let image = description.imageConstraint {
            guard image.pixelsWide > 0, image.pixelsHigh > 0,
                let target = try? buffer(image.pixelsWide, image.pixelsHigh, image.pixelFormatType)
            else {
                return nil
            }
            options.outputBackings = [output: target]
            return options
        }
        guard let array = description.multiArrayConstraint, array.dataType == .float16, array.shape.count >= 2 else {
            return nil
        }
        let shape = array.shape.map { $0.intValue }
        let width = shape[shape.count - 1]
        let height = shape.dropLast().reduce(1, *)
        guard width > 0, height > 0,
            let target = try? buffer(width, height, kCVPixelFormatType_OneComponent16Half)
        else {
            return nil
        }
        options.outputBackings = [output: MLMultiArray(pixelBuffer: target, shape: array.shape)]
        return options
    }

    // MARK: input

    private func value(_ picture: sm_image, _ name: String) throws -> MLFeatureValue {
        switch picture.format {
        case SM_BGRA8:
            return MLFeatureValue(pixelBuffer: try pixels(picture))
        case SM_RGB_F32:
            return MLFeatureValue(multiArray: try tensor(picture, name))
        default:
            throw BridgeError.argument("a picture of format \(picture.format)")
        }
    }

    private func pixels(_ picture: sm_image) throws -> CVPixelBuffer {
        let target = try buffer(Int(picture.width), Int(picture.height), kCVPixelFormatType_32BGRA)
        try copyPlanes(picture, target)
        return target
    }

    private func tensor(_ picture: sm_image, _ name: String) throws -> MLMultiArray {
        guard let constraint = model.modelDescription.inputDescriptionsByName[name]?.multiArrayConstraint else {
            throw BridgeError.argument("input \(name) takes no array")
        }
        let width = Int(picture.width)
        let height = Int(picture.height)
        var shape = [3, height, width]
        while shape.count < constraint.shape.count {
            shape.insert(1, at: 0)
        }
        let array = try MLMultiArray(shape: shape.map { NSNumber(value: $0) }, dataType: constraint.dataType)
        let sources: [(UnsafeRawPointer?, Int64)] = [
            (picture.plane0, picture.stride0), (picture.plane1, picture.stride1), (picture.plane2, picture.stride2),
        ]
        let rank = shape.count
        try array.withUnsafeMutableBytes { (bytes: UnsafeMutableRawBufferPointer, strides: [Int]) -> Void in
            guard let base = bytes.baseAddress, strides.count == rank, strides[rank - 1] == 1 else {
                throw BridgeError.failed("the input's strides are \(strides)")
            }
            for (index, (data, stride)) in sources.enumerated() {
                guard let data = data else {
                    throw BridgeError.argument("plane \(index) is missing")
                }
                var source = vImage_Buffer(
                    data: UnsafeMutableRawPointer(mutating: data), height: vImagePixelCount(height),
                    width: vImagePixelCount(width), rowBytes: Int(stride))
                switch array.dataType {
                case .float32:
                    for y in 0..<height {
                        let at = (index * strides[rank - 3] + y * strides[rank - 2]) * 4
                        memcpy(base + at, data + y * Int(stride), width * 4)
                    }
                case .float16:
                    var target = vImage_Buffer(
                        data: base + index * strides[rank - 3] * 2, height: vImagePixelCount(height),
                        width: vImagePixelCount(width), rowBytes: strides[rank - 2] * 2)
                    let status = vImageConvert_PlanarFtoPlanar16F(&source, &target, vImage_Flags(kvImageNoFlags))
                    if status != kvImageNoError {
                        throw BridgeError.failed("narrowing the input failed (\(status))")
                    }
                default:
                    throw BridgeError.unsupported("an input array of type \(array.dataType.rawValue)")
                }
            }
        }
        return array
    }

    // MARK: output

    private func store(_ features: MLFeatureProvider, _ name: String, _ floats: sm_floats) throws {
        guard let value = features.featureValue(for: name) else {
            throw BridgeError.failed("the model gave no \(name)")
        }
        if let image = value.imageBufferValue {
            try storeImage(image, floats)
        } else if let array = value.multiArrayValue {
            try storeArray(array, floats)
        } else {
            throw BridgeError.failed("the model's \(name) is neither image nor array")
        }
    }

    private func storeImage(_ image: CVPixelBuffer, _ floats: sm_floats) throws {
        let width = CVPixelBufferGetWidth(image)
        let height = CVPixelBufferGetHeight(image)
        guard width == Int(floats.width), height == Int(floats.height) else {
            throw BridgeError.argument("the model answers \(width)x\(height), not \(floats.width)x\(floats.height)")
        }
        CVPixelBufferLockBaseAddress(image, .readOnly)
        defer { CVPixelBufferUnlockBaseAddress(image, .readOnly) }
        guard let base = CVPixelBufferGetBaseAddress(image) else {
            throw BridgeError.failed("the answer has no memory")
        }
        let rowBytes = CVPixelBufferGetBytesPerRow(image)
        switch CVPixelBufferGetPixelFormatType(image) {
        case kCVPixelFormatType_OneComponent16Half:
            try widen(base, rowBytes, floats)
        case kCVPixelFormatType_OneComponent32Float:
            for y in 0..<height {
                memcpy(row(floats, y), base + y * rowBytes, width * 4)
            }
        case kCVPixelFormatType_OneComponent8:
            var source = plane(base, rowBytes, floats)
            var target = plane(UnsafeMutableRawPointer(floats.data!), Int(floats.stride), floats)
            let status = vImageConvert_Planar8toPlanarF(&source, &target, 1, 0, vImage_Flags(kvImageNoFlags))
            if status != kvImageNoError {
                throw BridgeError.failed("widening the answer failed (\(status))")
            }
        case let format:
            throw BridgeError.unsupported("an answer in pixel format \(formatName(format))")
        }
    }

    /// Arrays [..., H, W] whose other dimensions are 1, with any strides.
    private func storeArray(_ array: MLMultiArray, _ floats: sm_floats) throws {
        let shape = array.shape.map { $0.intValue }
        let strides = array.strides.map { $0.intValue }
        let rank = shape.count
        let width = Int(floats.width)
        let height = Int(floats.height)
        guard rank >= 2, shape[rank - 1] == width, shape[rank - 2] == height,
            shape.dropLast(2).reduce(1, *) == 1
        else {
            throw BridgeError.argument("the model answers \(shape), not \(height) rows of \(width)")
        }
        let down = strides[rank - 2]
        let across = strides[rank - 1]
        let size: Int
        switch array.dataType {
        case .float16:
            size = 2
        case .float32:
            size = 4
        case .double:
            size = 8
        default:
            throw BridgeError.unsupported("an answer of type \(array.dataType.rawValue)")
        }
        try array.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Void in
            guard let base = bytes.baseAddress, down > 0, across > 0 else {
                throw BridgeError.failed("the answer has strides \(strides)")
            }
            if size == 2 && across == 1 {
                try widen(UnsafeMutableRawPointer(mutating: base), down * 2, floats)
                return
            }
            var line = [UInt8](repeating: 0, count: width * size)
            try line.withUnsafeMutableBytes { (packed: UnsafeMutableRawBufferPointer) -> Void in
                guard let room = packed.baseAddress else {
                    return
                }
                for y in 0..<height {
                    let from = base + y * down * size
                    if across == 1 {
                        memcpy(room, from, width * size)
                    } else {
                        for x in 0..<width {
                            memcpy(room + x * size, from + x * across * size, size)
                        }
                    }
                    try storeLine(room, size, row(floats, y), width)
                }
            }
        }
    }

    /// One row of packed values of 2, 4 or 8 bytes.
    private func storeLine(
        _ line: UnsafeMutableRawPointer, _ size: Int, _ target: UnsafeMutablePointer<Float>, _ width: Int
    ) throws {
        switch size {
        case 2:
            var source = vImage_Buffer(data: line, height: 1, width: vImagePixelCount(width), rowBytes: width * 2)
            var wide = vImage_Buffer(data: target, height: 1, width: vImagePixelCount(width), rowBytes: width * 4)
            let status = vImageConvert_Planar16FtoPlanarF(&source, &wide, vImage_Flags(kvImageNoFlags))
            if status != kvImageNoError {
                throw BridgeError.failed("widening the answer failed (\(status))")
            }
        case 4:
            memcpy(target, line, width * 4)
        default:
            vDSP_vdpsp(line.assumingMemoryBound(to: Double.self), 1, target, 1, vDSP_Length(width))
        }
    }

    private func row(_ floats: sm_floats, _ y: Int) -> UnsafeMutablePointer<Float> {
        let start = UnsafeMutableRawPointer(floats.data!) + y * Int(floats.stride)
        return start.assumingMemoryBound(to: Float.self)
    }

    private func plane(_ data: UnsafeMutableRawPointer, _ rowBytes: Int, _ floats: sm_floats) -> vImage_Buffer {
        return vImage_Buffer(
            data: data, height: vImagePixelCount(floats.height), width: vImagePixelCount(floats.width),
            rowBytes: rowBytes)
    }

    private func widen(_ data: UnsafeMutableRawPointer, _ rowBytes: Int, _ floats: sm_floats) throws {
        var source = plane(data, rowBytes, floats)
        var target = plane(UnsafeMutableRawPointer(floats.data!), Int(floats.stride), floats)
        let status = vImageConvert_Planar16FtoPlanarF(&source, &target, vImage_Flags(kvImageNoFlags))
        if status != kvImageNoError {
            throw BridgeError.failed("widening the answer failed (\(status))")
        }
    }
}

/// Copies the planes of a picture into a buffer of the same layout; the buffer
/// is unlocked again when this returns, as it must be before it is used.
func copyPlanes(_ picture: sm_image, _ target: CVPixelBuffer) throws {
    let width = Int(picture.width)
    let height = Int(picture.height)
    var planes: [(UnsafeRawPointer?, Int64, Int, Int)] = []
    switch picture.format {
    case SM_BGRA8:
        planes = [(picture.plane0, picture.stride0, width * 4, height)]
    case SM_YUV420_8:
        planes = [
            (picture.plane0, picture.stride0, width, height), (picture.plane1, picture.stride1, width, height / 2),
        ]
    case SM_YUV420_10:
        planes = [
            (picture.plane0, picture.stride0, width * 2, height),
            (picture.plane1, picture.stride1, width * 2, height / 2),
        ]
    default:
        throw BridgeError.argument("a picture of format \(picture.format)")
    }
    let status = CVPixelBufferLockBaseAddress(target, [])
    guard status == kCVReturnSuccess else {
        throw BridgeError.failed("a pixel buffer cannot be written (\(status))")
    }
    defer { CVPixelBufferUnlockBaseAddress(target, []) }
    let planar = CVPixelBufferIsPlanar(target)
    guard (planar ? CVPixelBufferGetPlaneCount(target) : 1) == planes.count else {
        throw BridgeError.failed("a pixel buffer has other planes than the picture")
    }
    for (index, (data, stride, rowBytes, rows)) in planes.enumerated() {
        let base = planar ? CVPixelBufferGetBaseAddressOfPlane(target, index) : CVPixelBufferGetBaseAddress(target)
        let step = planar ? CVPixelBufferGetBytesPerRowOfPlane(target, index) : CVPixelBufferGetBytesPerRow(target)
        let have = planar ? CVPixelBufferGetHeightOfPlane(target, index) : CVPixelBufferGetHeight(target)
        guard let data = data, let base = base, step >= rowBytes, have >= rows else {
            throw BridgeError.argument("plane \(index) is missing or does not fit")
        }
        for y in 0..<rows {
            memcpy(base + y * step, data + y * Int(stride), rowBytes)
        }
    }
}

@_cdecl("sm_model_predict")
public func smModelPredict(
    _ model: UnsafeMutableRawPointer?, _ token: UnsafeMutableRawPointer?,
    _ input: UnsafePointer<CChar>?, _ output: UnsafePointer<CChar>?,
    _ pictures: UnsafePointer<sm_image>?, _ answers: UnsafePointer<sm_floats>?, _ count: Int32,
    _ done: UnsafeMutablePointer<Int32>?, _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let loaded = object(model, as: LoadedModel.self), let pictures = pictures, let answers = answers,
            let done = done
        else {
            throw BridgeError.argument("no model or nothing to predict")
        }
        done.pointee = 0
        let wish = object(token, as: Token.self)
        let from = try string(input)
        let to = try string(output)
        for index in 0..<Int(count) {
            try wish?.check()
            // A pool for every picture: what Core ML leaves behind in a long
            // batch would otherwise stay until its end.
            try autoreleasepool {
                try loaded.predict(from, to, pictures[index], answers[index])
            }
            done.pointee = Int32(index + 1)
        }
    }
}

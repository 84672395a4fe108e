// Compiling, loading and describing models.

import CoreML
import CoreVideo
import Foundation

@_cdecl("sm_compile")
public func smCompile(
    _ source: UnsafePointer<CChar>?, _ destination: UnsafePointer<CChar>?, _ token: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        let from = try fileURL(source)
        let to = try fileURL(destination)
        let wish = object(token, as: Token.self)
        let files = FileManager.default
        if files.fileExists(atPath: to.path) {
            throw BridgeError.argument("\(to.path) exists")
        }
        try wish?.check()
        let made = try waitFor { try await MLModel.compileModel(at: from) }
        defer { try? files.removeItem(at: made) }
        try wish?.check()
        do {
            try files.moveItem(at: made, to: to)
        } catch let failure {
            try? files.removeItem(at: to)
            throw failure
        }
        // It can be made again at any time, so backups need not hold it.
        var kept = to
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? kept.setResourceValues(values)
    }
}

private func configured(_ units: Int32) throws -> MLModelConfiguration {
    let configuration = MLModelConfiguration()
    switch units {
    case SM_UNITS_CPU:
        configuration.computeUnits = .cpuOnly
    case SM_UNITS_GPU:
        configuration.computeUnits = .cpuAndGPU
    case SM_UNITS_NEURAL_ENGINE:
        configuration.computeUnits = .cpuAndNeuralEngine
    default:
        throw BridgeError.argument("there are no units \(units)")
    }
    return configuration
}

@_cdecl("sm_model_load")
public func smModelLoad(
    _ compiled: UnsafePointer<CChar>?, _ units: Int32, _ concurrency: Int32,
    _ model: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        let loaded = try MLModel(contentsOf: try fileURL(compiled), configuration: try configured(units))
        model?.pointee = retained(LoadedModel(loaded, concurrency: Int(max(concurrency, 1))))
    }
}

@_cdecl("sm_model_free")
public func smModelFree(_ model: UnsafeMutableRawPointer?) {
    autoreleasepool {
        release(model)
    }
}

@_cdecl("sm_model_describe")
public func smModelDescribe(
    _ model: UnsafeMutableRawPointer?, _ text: UnsafeMutablePointer<CChar>?, _ textSize: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let loaded = object(model, as: LoadedModel.self) else {
            throw BridgeError.argument("no model")
        }
        let description = loaded.model.modelDescription
        var metadata: [String: String] = [:]
        for (key, value) in description.metadata {
            if let line = value as? String {
                metadata[key.rawValue] = line
            } else if let own = value as? [String: String] {
                metadata.merge(own) { first, _ in first }
            }
        }
        try answer(
            [
                "inputs": features(description.inputDescriptionsByName),
                "outputs": features(description.outputDescriptionsByName),
                "metadata": metadata,
            ], text, textSize)
    }
}

private func features(_ descriptions: [String: MLFeatureDescription]) -> [[String: Any]] {
    return descriptions.keys.sorted().compactMap { name -> [String: Any]? in
        guard let description = descriptions[name] else {
            return nil
        }
        return feature(name, description)
    }
}

private func feature(_ name: String, _ description: MLFeatureDescription) -> [String: Any] {
    if let image = description.imageConstraint {
        return [
            "name": name, "kind": "image", "format": formatName(image.pixelFormatType),
            "width": image.pixelsWide, "height": image.pixelsHigh,
            "flexible": isFlexible(image.sizeConstraint),
        ]
    }
    if let array = description.multiArrayConstraint {
        return [
            "name": name, "kind": "array", "type": typeName(array.dataType),
            "shape": array.shape.map { $0.intValue },
            "flexible": isFlexible(array.shapeConstraint),
        ]
    }
    return ["name": name, "kind": "type \(description.type.rawValue)"]
}

/// A fixed size is reported as unspecified or as a choice of one.
private func isFlexible(_ constraint: MLImageSizeConstraint) -> Bool {
    switch constraint.type {
    case .enumerated:
        return constraint.enumeratedImageSizes.count > 1
    case .range:
        return constraint.pixelsWideRange.length > 1 || constraint.pixelsHighRange.length > 1
    default:
        return false
    }
}

private func isFlexible(_ constraint: MLMultiArrayShapeConstraint) -> Bool {
    switch constraint.type {
    case .enumerated:
        return constraint.enumeratedShapes.count > 1
    case .range:
        return true
    default:
        return false
    }
}

private func typeName(_ type: MLMultiArrayDataType) -> String {
    switch type {
    case .float16:
        return "float16"
    case .float32:
        return "float32"
    case .double:
        return "double"
    case .int32:
        return "int32"
    default:
        return "type \(type.rawValue)"
    }
}

/// The four characters of a pixel format; 32-bit ARGB is the number 32.
func formatName(_ format: OSType) -> String {
    if format == kCVPixelFormatType_32ARGB {
        return "ARGB"
    }
    let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: format >> UInt32($0)) }
    return String(decoding: bytes, as: UTF8.self)
}

@_cdecl("sm_model_plan")
public func smModelPlan(
    _ compiled: UnsafePointer<CChar>?, _ units: Int32, _ text: UnsafeMutablePointer<CChar>?, _ textSize: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        let url = try fileURL(compiled)
        let settings = try configured(units)
        #if compiler(>=6.0)
        if #available(macOS 14.4, *) {
            let counts = try waitFor { try await planCounts(url, settings) }
            try answer(counts, text, textSize)
            return
        }
        #endif
        throw BridgeError.unsupported("the compute plan needs macOS 14.4 and Xcode 16")
    }
}

#if compiler(>=6.0)
@available(macOS 14.4, *)
private func planCounts(_ url: URL, _ configuration: MLModelConfiguration) async throws -> [String: Int] {
    let plan = try await MLComputePlan.load(contentsOf: url, configuration: configuration)
    var counts: [String: Int] = [:]
    if case .program(let program) = plan.modelStructure, let main = program.functions["main"] {
        for operation in main.block.operations {
            if let usage = plan.deviceUsage(for: operation) {
                counts[deviceName(usage.preferred), default: 0] += 1
            }
        }
    }
    return counts
}
#endif

// Core ML, as far as used: macOS 14.0 unless it says more.
@_exported import CoreVideo

public enum MLComputeUnits: Int, Sendable {
    case cpuOnly, cpuAndGPU, all, cpuAndNeuralEngine
}
open class MLModelConfiguration: NSObject, @unchecked Sendable {
    open var computeUnits: MLComputeUnits = .all
}
public class MLCPUComputeDevice: NSObject {}
public class MLGPUComputeDevice: NSObject {}
public class MLNeuralEngineComputeDevice: NSObject {}
public enum MLComputeDevice {
    case cpu(MLCPUComputeDevice)
    case gpu(MLGPUComputeDevice)
    case neuralEngine(MLNeuralEngineComputeDevice)
}

open class MLModel: NSObject {
    public init(contentsOf url: URL, configuration: MLModelConfiguration) throws {}
    open class func compileModel(at url: URL) async throws -> URL { return url }
    @available(*, deprecated) open class func compileModel(at url: URL) throws -> URL { return url }
    open var modelDescription: MLModelDescription { fatalError() }
    open func prediction(from: MLFeatureProvider, options: MLPredictionOptions) throws -> MLFeatureProvider { return from }
    public final func prediction(from: MLFeatureProvider, options: MLPredictionOptions = MLPredictionOptions()) async throws -> MLFeatureProvider { return from }
    public static var availableComputeDevices: [MLComputeDevice] { return [] }
}
open class MLPredictionOptions: NSObject {
    open var outputBackings: [String: Any] = [:]
}

public struct MLModelMetadataKey: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}
public enum MLFeatureType: Int, Sendable {
    case invalid, int64, double, string, image, multiArray
}
open class MLModelDescription: NSObject {
    open var inputDescriptionsByName: [String: MLFeatureDescription] { return [:] }
    open var outputDescriptionsByName: [String: MLFeatureDescription] { return [:] }
    open var metadata: [MLModelMetadataKey: Any] { return [:] }
}
open class MLFeatureDescription: NSObject {
    open var type: MLFeatureType { return .image }
    open var imageConstraint: MLImageConstraint? { return nil }
    open var multiArrayConstraint: MLMultiArrayConstraint? { return nil }
}
open class MLImageSize: NSObject {}
public enum MLImageSizeConstraintType: Int, Sendable {
    case unspecified = 0
    case enumerated = 2
    case range = 3
}
open class MLImageSizeConstraint: NSObject {
    open var type: MLImageSizeConstraintType { return .range }
    open var pixelsWideRange: NSRange { fatalError() }
    open var pixelsHighRange: NSRange { fatalError() }
    open var enumeratedImageSizes: [MLImageSize] { return [] }
}
open class MLImageConstraint: NSObject {
    open var pixelsHigh: Int { return 0 }
    open var pixelsWide: Int { return 0 }
    open var pixelFormatType: OSType { return 0 }
    open var sizeConstraint: MLImageSizeConstraint { fatalError() }
}
public enum MLMultiArrayDataType: Int, Sendable {
    case double = 0x10040
    case float32 = 0x10020
    case float16 = 0x10010
    case int32 = 0x20020
    case int8 = 0x20008  // macOS 26
}
public enum MLMultiArrayShapeConstraintType: Int, Sendable {
    case unspecified = 1
    case enumerated = 2
    case range = 3
}
open class MLMultiArrayShapeConstraint: NSObject {
    open var type: MLMultiArrayShapeConstraintType { return .range }
    open var enumeratedShapes: [[NSNumber]] { return [] }
}
open class MLMultiArrayConstraint: NSObject {
    open var shape: [NSNumber] { return [] }
    open var dataType: MLMultiArrayDataType { return .double }
    open var shapeConstraint: MLMultiArrayShapeConstraint { fatalError() }
}

open class MLMultiArray: NSObject {
    public init(shape: [NSNumber], dataType: MLMultiArrayDataType) throws {}
    public init(pixelBuffer: CVPixelBuffer, shape: [NSNumber]) {}
    open var dataType: MLMultiArrayDataType { return .double }
    open var shape: [NSNumber] { return [] }
    open var strides: [NSNumber] { return [] }
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { fatalError() }
    public func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R) rethrows -> R { fatalError() }
}
open class MLFeatureValue: NSObject {
    public convenience init(pixelBuffer: CVPixelBuffer) { self.init() }
    public convenience init(multiArray: MLMultiArray) { self.init() }
    override init() {}
    open var imageBufferValue: CVPixelBuffer? { return nil }
    open var multiArrayValue: MLMultiArray? { return nil }
}
public protocol MLFeatureProvider: AnyObject {
    func featureValue(for name: String) -> MLFeatureValue?
}
open class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
    public init(dictionary: [String: Any]) throws {}
    open func featureValue(for name: String) -> MLFeatureValue? { return nil }
}

// MARK: macOS 14.4

public enum MLModelStructure {
    public struct NeuralNetwork {}
    public struct Pipeline {}
    public struct Program {
        public let functions: [String: Function] = [:]
        public struct Function {
            public let block = Block()
        }
        public struct Block {
            public let operations: [Operation] = []
        }
        public struct Operation {
            public let blocks: [Block] = []
        }
    }
    case neuralNetwork(NeuralNetwork)
    case program(Program)
    case pipeline(Pipeline)
    case unsupported
}
public final class MLComputePlan {
    public struct DeviceUsage {
        public let preferred: MLComputeDevice
        public let supported: [MLComputeDevice]
    }
    public let modelStructure = MLModelStructure.unsupported
    public static func load(contentsOf url: URL, configuration: MLModelConfiguration) async throws -> MLComputePlan { fatalError() }
    public func deviceUsage(for operation: MLModelStructure.Program.Operation) -> DeviceUsage? { return nil }
}

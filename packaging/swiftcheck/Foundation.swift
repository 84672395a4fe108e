// Foundation, Dispatch and what of Darwin comes with them, as far as used.
// Only the shapes matter: nothing here ever runs.

public typealias OSType = UInt32
public typealias OSStatus = Int32
public typealias TimeInterval = Double
public typealias CFTypeRef = AnyObject
public typealias CGFloat = Double  // a struct of its own on a Mac; we pass none

// MARK: C

@discardableResult  // as every function of C
public func memcpy(_ to: UnsafeMutableRawPointer!, _ from: UnsafeRawPointer!, _ count: Int) -> UnsafeMutableRawPointer! { return to }
@discardableResult
public func strlcpy(_ to: UnsafeMutablePointer<CChar>!, _ from: UnsafePointer<CChar>!, _ size: Int) -> Int { return 0 }
@discardableResult
public func sysctlbyname(
    _ name: UnsafePointer<CChar>!, _ old: UnsafeMutableRawPointer!, _ oldSize: UnsafeMutablePointer<Int>!,
    _ new: UnsafeMutableRawPointer!, _ newSize: Int
) -> Int32 { return 0 }
public func autoreleasepool<Result>(invoking body: () throws -> Result) rethrows -> Result { return try body() }

// MARK: objects and what bridges to them

open class NSObject: Equatable {
    public init() {}
    public static func == (a: NSObject, b: NSObject) -> Bool { return a === b }
}
open class NSString: NSObject, Hashable, @unchecked Sendable {
    public func hash(into hasher: inout Hasher) {}
}
open class NSDictionary: NSObject {}
open class NSArray: NSObject {}
open class NSData: NSObject {}
open class NSURL: NSObject {}
open class NSNumber: NSObject, ExpressibleByIntegerLiteral {
    public init(value: Int) {}
    public required init(integerLiteral value: Int) {}
    public var intValue: Int { return 0 }
}
open class NSError: NSObject, Error, @unchecked Sendable {
    open var domain: String { return "" }
    open var code: Int { return 0 }
    open var userInfo: [String: Any] { return [:] }
    open var localizedDescription: String { return "" }
}
public let NSUnderlyingErrorKey = "NSUnderlyingError"
public let NSCocoaErrorDomain: String = "", NSPOSIXErrorDomain: String = "", NSOSStatusErrorDomain: String = ""
public var NSFileWriteOutOfSpaceError: Int { return 640 }
public let noErr: OSStatus = 0
public var ENOSPC: Int32 { return 28 }
public var EDQUOT: Int32 { return 69 }

public typealias CFString = NSString
public typealias CFDictionary = NSDictionary
public typealias CFData = NSData
public typealias CFURL = NSURL
public typealias CFAllocator = NSObject
public let kCFAllocatorDefault: CFAllocator! = NSObject()

extension String: @retroactive _ObjectiveCBridgeable {
    public func _bridgeToObjectiveC() -> NSString { fatalError() }
    public static func _forceBridgeFromObjectiveC(_ s: NSString, result: inout String?) {}
    public static func _conditionallyBridgeFromObjectiveC(_ s: NSString, result: inout String?) -> Bool { return true }
    public static func _unconditionallyBridgeFromObjectiveC(_ s: NSString?) -> String { return "" }
    public func replacingOccurrences(of: String, with: String) -> String { return self }
}
extension Dictionary: @retroactive _ObjectiveCBridgeable {
    public func _bridgeToObjectiveC() -> NSDictionary { fatalError() }
    public static func _forceBridgeFromObjectiveC(_ s: NSDictionary, result: inout Dictionary?) {}
    public static func _conditionallyBridgeFromObjectiveC(_ s: NSDictionary, result: inout Dictionary?) -> Bool { return true }
    public static func _unconditionallyBridgeFromObjectiveC(_ s: NSDictionary?) -> Dictionary { return [:] }
}

public struct Data: _ObjectiveCBridgeable, Sendable {
    public init(bytes: UnsafeRawPointer, count: Int) {}
    public init(capacity: Int) {}
    public var count: Int { return 0 }
    public mutating func append(_ bytes: UnsafePointer<UInt8>, count: Int) {}
    public func _bridgeToObjectiveC() -> NSData { fatalError() }
    public static func _forceBridgeFromObjectiveC(_ s: NSData, result: inout Data?) {}
    public static func _conditionallyBridgeFromObjectiveC(_ s: NSData, result: inout Data?) -> Bool { return true }
    public static func _unconditionallyBridgeFromObjectiveC(_ s: NSData?) -> Data { fatalError() }
}
extension Data: Sequence {
    public func makeIterator() -> IndexingIterator<[UInt8]> { return [].makeIterator() }
}
extension Data: Collection {
    public typealias Index = Int
    public var startIndex: Int { return 0 }
    public var endIndex: Int { return 0 }
    public func index(after i: Int) -> Int { return i + 1 }
    public subscript(i: Int) -> UInt8 { return 0 }
}

public struct URL: _ObjectiveCBridgeable, Sendable {
    public init(fileURLWithPath path: String) {}
    public var path: String { return "" }
    public var isFileURL: Bool { return true }
    public mutating func setResourceValues(_ values: URLResourceValues) throws {}
    public func _bridgeToObjectiveC() -> NSURL { fatalError() }
    public static func _forceBridgeFromObjectiveC(_ s: NSURL, result: inout URL?) {}
    public static func _conditionallyBridgeFromObjectiveC(_ s: NSURL, result: inout URL?) -> Bool { return true }
    public static func _unconditionallyBridgeFromObjectiveC(_ s: NSURL?) -> URL { fatalError() }
}
public struct URLResourceValues {
    public init() {}
    public var isExcludedFromBackup: Bool?
}

extension Array: @retroactive _ObjectiveCBridgeable {
    public func _bridgeToObjectiveC() -> NSArray { fatalError() }
    public static func _forceBridgeFromObjectiveC(_ s: NSArray, result: inout Array?) {}
    public static func _conditionallyBridgeFromObjectiveC(_ s: NSArray, result: inout Array?) -> Bool { return true }
    public static func _unconditionallyBridgeFromObjectiveC(_ s: NSArray?) -> Array { return [] }
}

// MARK: Objective-C's run time

public struct Selector {}
public typealias IMP = OpaquePointer
public func NSSelectorFromString(_ name: String) -> Selector { return Selector() }
public func NSClassFromString(_ name: String) -> AnyClass? { return nil }
@discardableResult
public func class_addMethod(_ c: AnyClass?, _ name: Selector, _ imp: IMP, _ types: UnsafePointer<CChar>?) -> Bool { return true }

// MARK: the rest

open class FileManager: NSObject {
    open class var `default`: FileManager { return FileManager() }
    open func fileExists(atPath path: String) -> Bool { return true }
    open func removeItem(at url: URL) throws {}
    open func moveItem(at from: URL, to: URL) throws {}
}
open class JSONSerialization: NSObject {
    public struct WritingOptions: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let sortedKeys = WritingOptions(rawValue: 2)
    }
    open class func data(withJSONObject object: Any, options: WritingOptions = []) throws -> Data { fatalError() }
}
open class ProcessInfo: NSObject {
    open class var processInfo: ProcessInfo { return ProcessInfo() }
    open var operatingSystemVersion: OperatingSystemVersion { return OperatingSystemVersion() }
}
public struct OperatingSystemVersion {
    public var majorVersion = 0
    public var minorVersion = 0
    public var patchVersion = 0
}
public struct NSRange {
    public var location: Int
    public var length: Int
}
public struct Date: Sendable {
    public init(timeIntervalSinceNow: TimeInterval) {}
}
open class NSLock: NSObject, @unchecked Sendable {
    open func lock() {}
    open func unlock() {}
}
open class NSCondition: NSObject, @unchecked Sendable {
    open func lock() {}
    open func unlock() {}
    open func broadcast() {}
    open func wait() {}
    open func wait(until limit: Date) -> Bool { return true }
}
open class Thread: NSObject {
    open class func sleep(forTimeInterval: TimeInterval) {}
}

open class DispatchQueue: @unchecked Sendable {
    public init(label: String) {}
    public func sync<T>(execute work: () throws -> T) rethrows -> T { return try work() }
}
open class DispatchSemaphore: @unchecked Sendable {
    public init(value: Int) {}
    public func wait() {}
    @discardableResult public func signal() -> Int { return 0 }
}

// The compiler calls these for `error as NSError`.
public func _convertErrorToNSError(_ error: Error) -> NSError { fatalError() }
public func _convertNSErrorToError(_ error: NSError?) -> Error { fatalError() }

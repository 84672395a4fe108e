// What every entry point needs: results and sentences, tokens, handles, and a
// way to wait for asynchronous functions. See ../bridge.h for the contract.

import AVFoundation
import Foundation

/// A failure that has one of the results of bridge.h.
struct BridgeError: Error {
    let result: Int32
    let text: String

    static func failed(_ text: String) -> BridgeError {
        return BridgeError(result: SM_FAILED, text: text)
    }

    static func argument(_ text: String) -> BridgeError {
        return BridgeError(result: SM_ARGUMENT, text: text)
    }

    static func unsupported(_ text: String) -> BridgeError {
        return BridgeError(result: SM_UNSUPPORTED, text: text)
    }

    static let cancelled = BridgeError(result: SM_CANCELLED, text: "cancelled")
}

/// Runs the body of an entry point in an autorelease pool of its own, since
/// the caller's threads have none, and turns what it throws into a result and
/// a sentence.
func report(_ error: UnsafeMutablePointer<CChar>?, _ size: Int64, _ body: () throws -> Void) -> Int32 {
    return autoreleasepool { () -> Int32 in
        do {
            try body()
            return SM_OK
        } catch let failure {
            let (result, text) = sentence(failure)
            _ = copyText(text.replacingOccurrences(of: "\n", with: " "), error, size)
            return result
        }
    }
}

/// The result and the words for an error, the system's own with what caused it.
func sentence(_ failure: Error) -> (Int32, String) {
    if let own = failure as? BridgeError {
        return (own.result, own.text)
    }
    var system = failure as NSError
    var text = "\(system.localizedDescription) (\(system.domain) \(system.code))"
    var full = tellsOfFullDisk(system)
    while let cause = system.userInfo[NSUnderlyingErrorKey] as? NSError, cause !== system {
        text += ": \(cause.localizedDescription) (\(cause.domain) \(cause.code))"
        full = full || tellsOfFullDisk(cause)
        system = cause
    }
    return (full ? SM_FULL : SM_FAILED, text)
}

/// Each framework has its own number for a disk without room.
private func tellsOfFullDisk(_ failure: NSError) -> Bool {
    switch failure.domain {
    case AVFoundationErrorDomain:
        return failure.code == AVError.Code.diskFull.rawValue
    case NSCocoaErrorDomain:
        return failure.code == NSFileWriteOutOfSpaceError
    case NSPOSIXErrorDomain:
        return failure.code == Int(ENOSPC) || failure.code == Int(EDQUOT)
    case NSOSStatusErrorDomain:
        return failure.code == -34  // dskFulErr
    default:
        return false
    }
}

/// Copies a text with its terminator and says whether it fitted.
func copyText(_ text: String, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int64) -> Bool {
    guard let buffer = buffer, size > 0 else {
        return false
    }
    return text.withCString { source in
        strlcpy(buffer, source, Int(size)) < Int(size)
    }
}

/// Answers with JSON in the caller's buffer.
func answer(_ object: [String: Any], _ text: UnsafeMutablePointer<CChar>?, _ size: Int64) throws {
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    if !copyText(String(decoding: data, as: UTF8.self), text, size) {
        throw BridgeError.failed("the answer of \(data.count) bytes does not fit")
    }
}

func string(_ text: UnsafePointer<CChar>?) throws -> String {
    guard let text = text else {
        throw BridgeError.argument("a text is missing")
    }
    return String(cString: text)
}

func fileURL(_ path: UnsafePointer<CChar>?) throws -> URL {
    return URL(fileURLWithPath: try string(path))
}

/// A wish to stop, seen by running calls.
final class Token: @unchecked Sendable {
    private let lock = NSLock()
    private var wish = false

    func cancel() {
        lock.lock()
        wish = true
        lock.unlock()
        wakeWaiting()
    }

    var isCancelled: Bool {
        lock.lock()
        defer { lock.unlock() }
        return wish
    }

    func check() throws {
        if isCancelled {
            throw BridgeError.cancelled
        }
    }
}

/// Hands an object to the caller, who owns it until release.
func retained(_ object: AnyObject) -> UnsafeMutableRawPointer {
    return Unmanaged<AnyObject>.passRetained(object).toOpaque()
}

func release(_ handle: UnsafeMutableRawPointer?) {
    if let handle = handle {
        Unmanaged<AnyObject>.fromOpaque(handle).release()
    }
}

/// The object behind a handle, or nil for a null handle or one of another kind.
func object<T: AnyObject>(_ handle: UnsafeMutableRawPointer?, as kind: T.Type) -> T? {
    guard let handle = handle else {
        return nil
    }
    return Unmanaged<AnyObject>.fromOpaque(handle).takeUnretainedValue() as? T
}

/// Where an asynchronous function leaves its result for the waiting thread.
private final class Landing<T>: @unchecked Sendable {
    var result: Result<T, Error>?
}

/// Waits for an asynchronous function on a thread that is not Swift's: the
/// work runs on Swift's own threads, so waiting here cannot starve it.
func waitFor<T>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
    let landing = Landing<T>()
    let done = DispatchSemaphore(value: 0)
    Task.detached(priority: .userInitiated) {
        do {
            landing.result = .success(try await work())
        } catch let failure {
            landing.result = .failure(failure)
        }
        done.signal()
    }
    done.wait()
    guard let result = landing.result else {
        throw BridgeError.failed("an asynchronous call ended without a result")
    }
    return try result.get()
}

@_cdecl("sm_contract")
public func smContract() -> Int32 {
    return SM_CONTRACT
}

@_cdecl("sm_token_new")
public func smTokenNew() -> UnsafeMutableRawPointer? {
    return retained(Token())
}

@_cdecl("sm_token_cancel")
public func smTokenCancel(_ token: UnsafeMutableRawPointer?) {
    object(token, as: Token.self)?.cancel()
}

@_cdecl("sm_token_free")
public func smTokenFree(_ token: UnsafeMutableRawPointer?) {
    release(token)
}

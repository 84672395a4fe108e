// Files that the system hands to the running program: Finder's Open With and
// drops on the icon. They do not come as arguments.

import Foundation

/// The files handed over and not yet taken. Filled on the main thread, taken
/// on any other.
private final class Inbox: @unchecked Sendable {
    private let changed = NSCondition()
    private var paths: [String] = []
    private var listening = false

    func add(_ more: [String]) {
        changed.lock()
        paths += more
        changed.broadcast()
        changed.unlock()
    }

    func wake() {
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    /// Waits for files and takes some of them, as many as an answer holds.
    func take(_ wish: Token?) throws -> [String] {
        changed.lock()
        defer { changed.unlock() }
        while paths.isEmpty {
            try wish?.check()
            changed.wait()
        }
        let some = Array(paths.prefix(16))
        paths.removeFirst(some.count)
        return some
    }

    /// Says once that nobody listens yet.
    func begin() -> Bool {
        changed.lock()
        defer { changed.unlock() }
        let first = !listening
        listening = true
        return first
    }
}

private let inbox = Inbox()

/// Lets waiting calls look at their tokens.
func wakeWaiting() {
    inbox.wake()
}

/// GLFW brings the application's delegate and knows nothing of opening files.
/// The method is added to its class, before there is an object of it.
@_cdecl("sm_opened_listen")
public func smOpenedListen(_ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64) -> Int32 {
    return report(error, errorSize) {
        guard inbox.begin() else {
            return
        }
        guard let delegate: AnyClass = NSClassFromString("GLFWApplicationDelegate") else {
            throw BridgeError.unsupported("this program has no window that files could be opened in")
        }
        // -(void)application:(NSApplication *)application openURLs:(NSArray<NSURL *> *)urls;
        // the first two arguments are the object and the selector.
        let method: @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) -> Void = {
            _, _, _, urls in
            guard let urls = urls else {
                return
            }
            let list = Unmanaged<NSArray>.fromOpaque(urls).takeUnretainedValue()
            inbox.add(((list as? [URL]) ?? []).filter { $0.isFileURL }.map { $0.path })
        }
        let name = NSSelectorFromString("application:openURLs:")
        guard class_addMethod(delegate, name, unsafeBitCast(method, to: IMP.self), "v@:@@") else {
            throw BridgeError.failed("the application opens files in some other way already")
        }
    }
}

@_cdecl("sm_opened_wait")
public func smOpenedWait(
    _ token: UnsafeMutableRawPointer?, _ text: UnsafeMutablePointer<CChar>?, _ textSize: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        try answer(["paths": try inbox.take(object(token, as: Token.self))], text, textSize)
    }
}

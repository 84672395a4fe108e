// Core Graphics, as far as used.
@_exported import Foundation

public enum CGImageAlphaInfo: UInt32, Sendable {
    case none, premultipliedLast, premultipliedFirst, last, first, noneSkipLast, noneSkipFirst, alphaOnly
}
public struct CGBitmapInfo: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let byteOrder16Little = CGBitmapInfo(rawValue: 1 << 12)
}
public enum CGColorRenderingIntent: Int32, Sendable { case defaultIntent }
public enum CGColorSpaceModel: Int32, Sendable { case unknown = -1, monochrome, rgb, cmyk }
public class CGColorSpace {
    public init?(iccData: CFTypeRef) {}
    public init?(name: CFString) {}
    public var model: CGColorSpaceModel { return .rgb }
    public static let sRGB: CFString = NSString()
}
public class CGDataProvider {
    public init?(data: CFData) {}
}
public class CGImage {
    public init?(
        width: Int, height: Int, bitsPerComponent: Int, bitsPerPixel: Int, bytesPerRow: Int, space: CGColorSpace,
        bitmapInfo: CGBitmapInfo, provider: CGDataProvider, decode: UnsafePointer<CGFloat>?, shouldInterpolate: Bool,
        intent: CGColorRenderingIntent
    ) {}
}

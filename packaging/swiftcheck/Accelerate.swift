// vImage and vDSP, as far as used.
public typealias vImagePixelCount = UInt
public typealias vImage_Error = Int
public typealias vImage_Flags = UInt32
public typealias Pixel_F = Float
public typealias vDSP_Length = UInt
public typealias vDSP_Stride = Int
public var kvImageNoFlags: Int { return 0 }
public var kvImageNoError: Int { return 0 }

public struct vImage_Buffer {
    public init(data: UnsafeMutableRawPointer!, height: vImagePixelCount, width: vImagePixelCount, rowBytes: Int) {}
}
public func vImageConvert_Planar16FtoPlanarF(
    _ from: UnsafePointer<vImage_Buffer>, _ to: UnsafePointer<vImage_Buffer>, _ flags: vImage_Flags
) -> vImage_Error { return 0 }
public func vImageConvert_PlanarFtoPlanar16F(
    _ from: UnsafePointer<vImage_Buffer>, _ to: UnsafePointer<vImage_Buffer>, _ flags: vImage_Flags
) -> vImage_Error { return 0 }
public func vImageConvert_Planar8toPlanarF(
    _ from: UnsafePointer<vImage_Buffer>, _ to: UnsafePointer<vImage_Buffer>, _ most: Pixel_F, _ least: Pixel_F, _ flags: vImage_Flags
) -> vImage_Error { return 0 }
public func vDSP_vdpsp(
    _ a: UnsafePointer<Double>, _ strideA: vDSP_Stride, _ c: UnsafeMutablePointer<Float>, _ strideC: vDSP_Stride, _ n: vDSP_Length
) {}

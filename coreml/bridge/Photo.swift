// Spatial photos: a stereo pair in one HEIC, written by ImageIO.

import CoreGraphics
import Foundation
import ImageIO

@_cdecl("sm_photo_write")
public func smPhotoWrite(
    _ options: UnsafePointer<sm_photo_options>?, _ left: UnsafePointer<sm_image>?, _ right: UnsafePointer<sm_image>?,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        guard let options = options?.pointee, let left = left?.pointee, let right = right?.pointee else {
            throw BridgeError.argument("no options or no eyes")
        }
        guard left.format == right.format, left.width == right.width, left.height == right.height else {
            throw BridgeError.argument("the eyes differ in size or format")
        }
        let url = try fileURL(options.path)
        let space = try colourSpace(options)
        guard let file = CGImageDestinationCreateWithURL(url as CFURL, "public.heic" as CFString, 2, nil) else {
            throw BridgeError.failed("ImageIO does not write HEIC to \(url.path)")
        }
        let container: [CFString: Any] = [kCGImagePropertyPrimaryImage: 0]
        CGImageDestinationSetProperties(file, container as CFDictionary)
        var common = try metadata(options.source, Int(left.width), Int(left.height))
        common[kCGImageDestinationLossyCompressionQuality] = options.quality
        common[kCGImagePropertyOrientation] = 1
        common[kCGImagePropertyHasAlpha] = false
        for (eye, isLeft) in [(left, true), (right, false)] {
            var properties = common
            stereo(options.camera, isLeft, &properties)
            CGImageDestinationAddImage(file, try picture(eye, space), properties as CFDictionary)
        }
        guard CGImageDestinationFinalize(file) else {
            try? FileManager.default.removeItem(at: url)
            throw BridgeError.failed("ImageIO could not complete \(url.path)")
        }
    }
}

/// What makes the two pictures one spatial photo. Positions are in metres.
private func stereo(_ camera: sm_camera, _ isLeft: Bool, _ properties: inout [CFString: Any]) {
    let eye = isLeft ? kCGImagePropertyGroupImageIsLeftImage : kCGImagePropertyGroupImageIsRightImage
    let group: [CFString: Any] = [
        kCGImagePropertyGroupIndex: 0,
        kCGImagePropertyGroupType: kCGImagePropertyGroupTypeStereoPair,
        eye: true,
        kCGImagePropertyGroupImageDisparityAdjustment: Int(camera.adjustment),
    ]
    let position: [Double] = [isLeft ? 0 : Double(camera.baseline) / 1_000_000, 0, 0]
    let identity: [Double] = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    let centre = isLeft ? camera.left_x : camera.right_x
    let intrinsics: [Double] = [camera.focal, 0, centre, 0, camera.focal, camera.centre_y, 0, 0, 1]
    let extrinsics: [CFString: Any] = [
        kIIOCameraExtrinsics_Position: position,
        kIIOCameraExtrinsics_Rotation: identity,
    ]
    let model: [CFString: Any] = [
        kIIOCameraModel_Intrinsics: intrinsics,
        kIIOCameraModel_ModelType: kIIOCameraModelType_SimplifiedPinhole,
    ]
    let heif: [CFString: Any] = [
        kIIOMetadata_CameraExtrinsicsKey: extrinsics,
        kIIOMetadata_CameraModelKey: model,
    ]
    properties[kCGImagePropertyGroups] = group
    properties[kCGImagePropertyHEIFDictionary] = heif
}

/// EXIF, TIFF, GPS and IPTC data of the source, upright now and of this size.
private func metadata(_ path: UnsafePointer<CChar>?, _ width: Int, _ height: Int) throws -> [CFString: Any] {
    guard let path = path else {
        return [:]
    }
    let url = URL(fileURLWithPath: String(cString: path))
    guard let source = CGImageSourceCreateWithURL(url as CFURL, nil),
        let all = CGImageSourceCopyPropertiesAtIndex(source, CGImageSourceGetPrimaryImageIndex(source), nil)
            as? [CFString: Any]
    else {
        throw BridgeError.failed("the metadata of \(url.path) cannot be read")
    }
    var kept: [CFString: Any] = [:]
    for key in [
        kCGImagePropertyExifDictionary, kCGImagePropertyTIFFDictionary, kCGImagePropertyGPSDictionary,
        kCGImagePropertyIPTCDictionary,
    ] {
        if let value = all[key] {
            kept[key] = value
        }
    }
    if var exif = kept[kCGImagePropertyExifDictionary] as? [CFString: Any] {
        exif[kCGImagePropertyExifPixelXDimension] = width
        exif[kCGImagePropertyExifPixelYDimension] = height
        kept[kCGImagePropertyExifDictionary] = exif
    }
    if var tiff = kept[kCGImagePropertyTIFFDictionary] as? [CFString: Any] {
        tiff[kCGImagePropertyTIFFOrientation] = 1
        kept[kCGImagePropertyTIFFDictionary] = tiff
    }
    return kept
}

private func colourSpace(_ options: sm_photo_options) throws -> CGColorSpace {
    if let profile = options.profile, options.profile_size > 0 {
        let data = Data(bytes: profile, count: Int(options.profile_size))
        guard let space = CGColorSpace(iccData: data as CFData), space.model == .rgb else {
            throw BridgeError.argument("the ICC profile is not one for RGB")
        }
        return space
    }
    guard let space = CGColorSpace(name: CGColorSpace.sRGB) else {
        throw BridgeError.failed("there is no sRGB")
    }
    return space
}

/// A picture of its own memory: ImageIO may look at it until the file is
/// complete, and the caller's memory is not for keeping.
private func picture(_ eye: sm_image, _ space: CGColorSpace) throws -> CGImage {
    let width = Int(eye.width)
    let height = Int(eye.height)
    let bits: Int
    var layout = CGImageAlphaInfo.noneSkipLast.rawValue
    switch eye.format {
    case SM_RGBX8:
        bits = 8
    case SM_RGBX16:
        bits = 16
        layout |= CGBitmapInfo.byteOrder16Little.rawValue
    default:
        throw BridgeError.argument("an eye of format \(eye.format)")
    }
    let rowBytes = width * bits / 2
    guard let start = eye.plane0 else {
        throw BridgeError.argument("an eye without pixels")
    }
    var data = Data(capacity: rowBytes * height)
    for y in 0..<height {
        let row = start + y * Int(eye.stride0)
        data.append(row.assumingMemoryBound(to: UInt8.self), count: rowBytes)
    }
    guard let provider = CGDataProvider(data: data as CFData),
        let image = CGImage(
            width: width, height: height, bitsPerComponent: bits, bitsPerPixel: bits * 4, bytesPerRow: rowBytes,
            space: space, bitmapInfo: CGBitmapInfo(rawValue: layout), provider: provider, decode: nil,
            shouldInterpolate: false, intent: .defaultIntent)
    else {
        throw BridgeError.failed("no picture of \(width)x\(height)")
    }
    return image
}

// What the machine is and can do.

import CoreML
import Foundation
import VideoToolbox

@_cdecl("sm_system")
public func smSystem(
    _ text: UnsafeMutablePointer<CChar>?, _ textSize: Int64,
    _ error: UnsafeMutablePointer<CChar>?, _ errorSize: Int64
) -> Int32 {
    return report(error, errorSize) {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        try answer(
            [
                "os": "\(version.majorVersion).\(version.minorVersion).\(version.patchVersion)",
                "chip": chipName(),
                "devices": deviceNames(),
                "spatial_video": VTIsStereoMVHEVCEncodeSupported(),
                "spatial_photo": true,
            ], text, textSize)
    }
}

private func chipName() -> String {
    var size = 0
    guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else {
        return ""
    }
    var bytes = [CChar](repeating: 0, count: size)
    guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else {
        return ""
    }
    return String(cString: bytes)
}

/// The names Go knows the devices by.
func deviceName(_ device: MLComputeDevice) -> String {
    switch device {
    case .cpu:
        return "cpu"
    case .gpu:
        return "gpu"
    case .neuralEngine:
        return "neural engine"
    @unknown default:
        return "other"
    }
}

private func deviceNames() -> [String] {
    let names = Set(MLModel.availableComputeDevices.map { deviceName($0) })
    return names.sorted()
}

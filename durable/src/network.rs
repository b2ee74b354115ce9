//! File systems on which a journal cannot be kept.

use std::path::Path;

/// The name of the network file system that the file is on, if it is on one.
#[cfg(target_os = "linux")]
pub(crate) fn network_file_system(path: &Path) -> Option<&'static str> {
    // The numbers are those of `statfs(2)`. Their type is another one on each platform.
    let found = rustix::fs::statfs(path).ok()?;
    name_of(found.f_type as u32)
}

#[cfg(target_os = "linux")]
fn name_of(number: u32) -> Option<&'static str> {
    match number {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 => Some("SMB2"),
        _ => None,
    }
}

/// The name of the network file system that the file is on, if it is on one.
#[cfg(target_os = "macos")]
pub(crate) fn network_file_system(path: &Path) -> Option<&'static str> {
    let found = rustix::fs::statfs(path).ok()?;
    let name: Vec<u8> = found.f_fstypename.iter().map(|c| *c as u8).take_while(|c| *c != 0).collect();
    match name.as_slice() {
        b"nfs" => Some("NFS"),
        b"smbfs" => Some("SMB"),
        _ => None,
    }
}

/// The name of the network file system that the file is on, if it is on one.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn network_file_system(path: &Path) -> Option<&'static str> {
    // `\\server\share`
    path.to_str().is_some_and(|path| path.starts_with(r"\\") && !path.starts_with(r"\\?\")).then_some("SMB")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_from_disks() {
        for (number, name) in
            [(0x6969, Some("NFS")), (0xff53_4d42, Some("CIFS")), (0xfe53_4d42, Some("SMB2")), (0xef53, None)]
        {
            assert_eq!(name_of(number), name, "{number:x}");
        }
        assert_eq!(network_file_system(Path::new("/proc")), None);
    }
}

//! Files and directories that only their owner can read: the graph and its copies contain personal and restricted data.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// The permission bits of users other than the owner.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Creates a directory, with missing parents, that only its owner can read. Existing directories are not changed.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates an empty file for writing that only its owner can read. An existing file is removed first, because opening
/// it would keep its permissions.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private_options().write(true).create_new(true).open(path)
}

/// The options to open a file that, if it is created, only its owner can read.
pub(super) fn private_options() -> OpenOptions {
    // Only the line for Unix changes it.
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Those of the named files in a directory that users other than the owner can read, write or execute. Files that do
/// not exist are skipped.
#[cfg(unix)]
pub(super) fn accessible_to_others<'a>(directory: &Path, names: &[&'a str]) -> Vec<&'a str> {
    use std::os::unix::fs::PermissionsExt as _;
    let is_accessible = |name: &&&str| {
        let metadata = std::fs::metadata(directory.join(name));
        metadata.is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
    };
    names.iter().filter(is_accessible).copied().collect()
}

/// Returns nothing: other systems have no such permission bits.
#[cfg(not(unix))]
pub(super) fn accessible_to_others<'a>(_: &Path, _: &[&'a str]) -> Vec<&'a str> {
    Vec::new()
}

//! Files and directories that only their owner can read: the graph holds personal and restricted data, and so does each copy of it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// What others than the owner may do with a file.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Makes a directory and those above it that are missing, readable for their owner alone. One that is there stays as it is.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file for writing, readable for its owner alone. One of that name is removed first, and its mode with it.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private_options().write(true).create_new(true).open(path)
}

/// How a file is opened that is readable for its owner alone where it has to be made.
pub(super) fn private_options() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Which of these files others than their owner may read or write. Those that are not there are nobody's.
#[cfg(unix)]
pub(super) fn open_to_others<'a>(directory: &Path, names: &[&'a str]) -> Vec<&'a str> {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = |name: &&&str| {
        let metadata = std::fs::metadata(directory.join(name));
        metadata.is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
    };
    names.iter().filter(is_open).copied().collect()
}

/// Other systems have other rights.
#[cfg(not(unix))]
pub(super) fn open_to_others<'a>(_: &Path, _: &[&'a str]) -> Vec<&'a str> {
    Vec::new()
}

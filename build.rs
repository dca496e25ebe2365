//! The program carries the page that `make web` builds; where it was not built, the directory is empty and the program says so.

fn main() {
    // What is embedded is listed when the program is compiled: files that come or go must start that anew.
    for carried in ["web/dist", "seed/queries"] {
        if let Err(error) = std::fs::create_dir_all(carried) {
            println!("cargo:warning={carried} cannot be made: {error}");
        }
        println!("cargo:rerun-if-changed={carried}");
    }
}

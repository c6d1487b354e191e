//! Writes the seeds that are made, each into the folder of its target: `cargo run --bin seeds`.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (target, name, bytes) in chancery_fuzz::seeds() {
        fs::create_dir_all(seeds.join(target))?;
        fs::write(seeds.join(target).join(name), bytes)?;
    }
    Ok(())
}

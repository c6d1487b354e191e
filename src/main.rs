//! The command `chancery`: all of it is in the library's `cli`, nothing is decided here.

fn main() -> std::process::ExitCode {
    chancery::cli::run()
}

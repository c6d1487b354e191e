//! Published logs on the web: plain servers, and hostile ones, which are refused without harm.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use chancery::disk::memory::Memory;
use chancery::disk::storage::Storage;
use chancery::ledger::checkpoint::CHECKPOINT_NAME;
use chancery::publish::error::{PublishError, SourceError};
use chancery::publish::web::Website;
use tempfile::TempDir;

use super::{clone_from, copied, desk, published};

/// How a server answers to the name of a file, and to what it is sent.
type Manner = dyn Fn(&str, &str, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// Serves files in a manner, to whoever asks, for as long as the test runs. Counts what it is asked.
fn server(
    manner: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> (String, Arc<AtomicU64>) {
    server_that_reads(move |name, _, stream| manner(name, stream))
}

/// Serves in a manner that depends on what it is sent.
pub(super) fn server_that_reads(
    manner: impl Fn(&str, &str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let manner: Arc<Manner> = Arc::new(manner);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (manner, count) = (Arc::clone(&manner), Arc::clone(&count));
            thread::spawn(move || answer(stream, &*manner, &count));
        }
    });
    (address, asked)
}

/// Answers one question and closes the connection.
fn answer(mut stream: TcpStream, manner: &Manner, count: &AtomicU64) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut header, mut length) = (String::new(), 0);
    while reader.read_line(&mut header)? > 2 {
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        header.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    count.fetch_add(1, Ordering::SeqCst);
    let name = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    manner(&name, &String::from_utf8(body).unwrap(), &mut stream)
}

pub(super) fn send(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    )?;
    stream.write_all(body)
}

/// Serves files as they are.
fn serve(files: &Memory, name: &str, stream: &mut TcpStream) -> std::io::Result<()> {
    match files.bytes(name) {
        Some(bytes) => send(stream, "200 OK", "", &bytes),
        None => send(stream, "404 Not Found", "", b"no such file"),
    }
}

fn site(address: &str) -> Website {
    Website::new(address, Duration::from_secs(2)).unwrap()
}

/// Clones from a server, which must be refused, and gives what the cloner says.
fn refused(address: &str) -> PublishError {
    let staging = Memory::default();
    let error = clone_from(&site(address), &staging).unwrap_err();
    assert_eq!(staging.bytes(CHECKPOINT_NAME), None, "{error}");
    error
}

#[test]
fn a_copy_from_a_server_is_that_from_the_folder() {
    let target = published(&desk(600));
    let expected = copied(&target);
    let (address, asked) = server(move |name, stream| serve(&target, name, stream));
    let copy = Memory::default();
    clone_from(&site(&address), &copy).unwrap();
    assert_eq!(copy.bytes(CHECKPOINT_NAME), expected.bytes(CHECKPOINT_NAME));
    assert_eq!(asked.load(Ordering::SeqCst), 1 + 3 + 3);
}

#[test]
fn a_server_that_never_ends_or_drips_is_left() {
    for file in ["checkpoint", "tile/0/000", "tile/entries/000"] {
        let target = published(&desk(300));
        let (address, _) = server(move |name, stream| {
            if name != file {
                return serve(&target, name, stream);
            }
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b'a'; 65_536])?;
            }
        });
        let error = refused(&address);
        assert!(matches!(error, PublishError::Source(SourceError::TooLong { .. })), "{error}");
    }
    for is_head in [true, false] {
        let (address, _) = server(move |_, stream| {
            let rest = if is_head { "x: " } else { "content-length: 1000\r\n\r\n" };
            write!(stream, "HTTP/1.1 200 OK\r\n{rest}")?;
            loop {
                stream.write_all(b"a")?;
                thread::sleep(Duration::from_millis(50));
            }
        });
        let site = Website::new(&address, Duration::from_millis(300)).unwrap();
        let error = clone_from(&site, &Memory::default()).unwrap_err();
        assert!(matches!(error, PublishError::Source(SourceError::Unreachable { .. })), "{error}");
        assert!(error.to_string().contains("timeout"), "{error}");
    }
    // One that promises more than it sends.
    let (address, _) =
        server(|_, stream| write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nshort"));
    assert!(matches!(refused(&address), PublishError::Source(SourceError::Unreachable { .. })));
}

#[test]
fn a_server_sends_us_nowhere_but_within_itself() {
    let target = published(&desk(300));
    let victim = target.clone();
    let (elsewhere, visited) = server(move |name, stream| serve(&victim, name, stream));
    for to in [elsewhere.as_str(), "file:///etc/passwd", "//127.0.0.1:1", ""] {
        let location = format!("location: {to}/checkpoint\r\n");
        let (address, _) = server(move |_, stream| send(stream, "302 Found", &location, b""));
        let error = refused(&address);
        assert!(
            matches!(
                error,
                PublishError::Source(
                    SourceError::Redirected { .. } | SourceError::Unreachable { .. }
                )
            ),
            "{to}: {error}"
        );
    }
    assert_eq!(visited.load(Ordering::SeqCst), 0);

    let (address, asked) =
        server(|name, stream| send(stream, "301 Moved", &format!("location: /{name}\r\n"), b""));
    let error = refused(&address);
    assert!(error.to_string().contains("round in circles"), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 4);

    let (address, _) = server(move |name, stream| match name.strip_prefix("moved/") {
        Some(name) => serve(&target, name, stream),
        None => send(stream, "307 Temporary", &format!("location: /moved/{name}\r\n"), b""),
    });
    clone_from(&site(&address), &Memory::default()).unwrap();
}

#[test]
fn wrong_bytes_wrong_statuses_and_absurd_sizes_are_refused() {
    let (address, _) = server(|_, stream| send(stream, "500 Internal", "", b"sorry"));
    assert!(matches!(
        refused(&address),
        PublishError::Source(SourceError::Status { status: 500, .. })
    ));
    let (address, _) = server(|_, stream| send(stream, "200 OK", "", b"<html>Welcome</html>"));
    assert!(matches!(refused(&address), PublishError::Checkpoint { .. }));
    let (address, _) = server(|_, stream| stream.write_all(b"\x00\xff not HTTP\r\n\r\n"));
    assert!(matches!(refused(&address), PublishError::Source(SourceError::Unreachable { .. })));

    let target = published(&desk(300));
    let (address, _) = server(move |name, stream| match name {
        "tile/0/000" => send(stream, "200 OK", "", b"../../etc/passwd"),
        _ => serve(&target, name, stream),
    });
    assert!(matches!(refused(&address), PublishError::Tile { .. }));

    // Signed by the key, and of a size that nobody has.
    let desk = desk(7);
    let mut checkpoint = desk.ledger.vouchers().checkpoint.clone().unwrap().checkpoint().clone();
    checkpoint.size = 1 << 60;
    let mut signed = chancery::tlog::checkpoint::SignedCheckpoint::unsigned(checkpoint).unwrap();
    signed.note_mut().sign(&super::key());
    let text = signed.to_string();
    let (address, asked) = server(move |_, stream| send(stream, "200 OK", "", text.as_bytes()));
    assert!(matches!(refused(&address), PublishError::TooLarge { .. }));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_name_is_asked_for_that_is_made_from_numbers_alone() {
    let target = published(&desk(300));
    let names = Arc::new(std::sync::Mutex::new(Vec::new()));
    let asked = Arc::clone(&names);
    let (address, _) = server(move |name, stream| {
        asked.lock().unwrap().push(name.to_owned());
        serve(&target, name, stream)
    });
    clone_from(&site(&address), &Memory::default()).unwrap();
    assert_eq!(
        *names.lock().unwrap(),
        [
            "checkpoint",
            "tile/0/000",
            "tile/0/001.p/44",
            "tile/entries/000",
            "tile/entries/001.p/44"
        ]
    );
}

/// Ends a server when the test does.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts Python's own server over a folder; none where there is no Python.
fn python_server(folder: &Path) -> Option<(Ended, String)> {
    let mut command = Command::new("python3");
    command.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]).current_dir(folder);
    let started = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    // Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ...
    let address = line.split(['(', ')']).nth(1)?.trim_end_matches('/').to_owned();
    Some((Ended(child), address))
}

#[test]
fn the_reference_ledger_is_cloned_from_a_plain_web_server() {
    let folder = TempDir::new().unwrap();
    let chancery = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
        let output = command.args(arguments).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    };
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("log");
    let log = log.to_str().unwrap();
    chancery(&["publish", "www", "--ledger", log]);
    let Some((_server, address)) = python_server(&folder.path().join("www")) else {
        println!("skipped: there is no python3 to serve the folder");
        return;
    };
    let key = fs::read_to_string(Path::new(log).join("key.pub")).unwrap();
    chancery(&["clone", &address, "copy", "--key", key.trim_end()]);
    let export = |ledger: &str| chancery(&["export", "--ledger", ledger]);
    assert_eq!(export("copy"), export(log));
    let bytes = |ledger: &str| {
        let mut bytes = Vec::new();
        let path = folder.path().join(ledger).join(CHECKPOINT_NAME);
        fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(bytes("copy"), bytes(log));
    assert!(!folder.path().join("copy.part").exists());
    chancery(&["verify", "--ledger", "copy", "--key", key.trim_end()]);
    chancery(&["pull", "--ledger", "copy"]);
    let copy = chancery::disk::real::Folder::open(folder.path().join("copy")).unwrap();
    assert_eq!(copy.read("copy-of", 100).unwrap(), format!("{address}\n").into_bytes());
}

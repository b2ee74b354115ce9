//! A PostgreSQL server of its own, in a temporary folder.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bulk_endpoint_durable::postgres::{PostgresOptions, PostgresStore};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, Row};

/// Where Debian puts the programs of the server.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A server that runs. It is stopped when it is dropped.
pub(crate) struct Cluster {
    folder: TempDir,
    bin: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
}

/// A database of a server.
pub(crate) struct Database {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) name: String,
}

/// The server that tests share, as long as one of them has it.
static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// A new database on the shared server; `None` if PostgreSQL is not installed: then the test says so. In CI that is a failure.
pub(crate) fn database(name: &str) -> Option<Database> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = match shared.upgrade() {
        Some(cluster) => cluster,
        None => {
            let cluster = Arc::new(Cluster::start("")?);
            *shared = Arc::downgrade(&cluster);
            cluster
        }
    };
    drop(shared);
    Some(cluster.database(name))
}

impl Cluster {
    /// Starts a server with these settings, on a socket.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        Cluster::start_with(5432, |_| settings.to_owned())
    }

    /// Starts a server on this port, with settings that may name files in its folder.
    pub(crate) fn start_with(port: u16, settings: impl FnOnce(&Cluster) -> String) -> Option<Self> {
        let Some(bin) = find() else {
            assert!(
                env::var("CI").is_err(),
                "expected PostgreSQL's programs in the path or below {DEBIAN}, found none"
            );
            eprintln!("skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("bulk-pg").tempdir().unwrap();
        // initdb refuses root.
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        let user = is_root.then(other_user);
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let cluster = Cluster { folder, bin, user, port };
        cluster.run(
            "initdb",
            &[
                "--pgdata",
                &cluster.data(),
                "--username",
                "postgres",
                "--auth",
                "trust",
                "--no-sync",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
            ],
        );
        let socket = cluster.folder.path().display();
        let config = format!(
            "listen_addresses = ''\nport = {port}\nunix_socket_directories = '{socket}'\nmax_connections = 200\nshared_buffers = '128MB'\n"
        );
        let settings = settings(&cluster);
        let path = Path::new(&cluster.data()).join("postgresql.auto.conf");
        fs::write(&path, format!("{config}{settings}\n")).unwrap();
        cluster.restart();
        Some(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a certificate for a new key, in `name.pem` and `name.key`, with these arguments of `openssl req`.
    pub(crate) fn certificate(&self, name: &str, arguments: &[&str]) {
        let mut openssl = self.command("openssl");
        openssl.args([
            "req",
            "-x509",
            "-nodes",
            "-days",
            "2",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ]);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]).args(arguments);
        // Debian's PostgreSQL depends on it.
        let output = openssl.output().expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A file in the folder of the server, which its user owns.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        if let Some((uid, gid)) = self.user {
            chown(&path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// One of the programs of PostgreSQL.
    pub(crate) fn program(&self, name: &str) -> Command {
        self.command(self.bin.join(name))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What the server has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn user(&self) -> Option<(u32, u32)> {
        self.user
    }

    /// Starts the server, after `crash` or for the first time.
    pub(crate) fn restart(&self) {
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["--pgdata", &self.data(), "--log", &log, "--wait", "start"]);
    }

    /// Ends all processes of the server at once, as a crash does.
    pub(crate) fn crash(&self) {
        self.run("pg_ctl", &["--pgdata", &self.data(), "--mode", "immediate", "--wait", "stop"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(self.bin.join(program));
        // A server that inherits a pipe would keep it open.
        let output = self.folder.path().join("output");
        let file = fs::File::create(&output).unwrap();
        command.args(arguments).stdout(file.try_clone().unwrap()).stderr(file);
        let status = command.status().unwrap();
        assert!(status.success(), "{program}: {}\n{}", fs::read_to_string(&output).unwrap(), self.log());
    }

    /// A program that runs as the user of the server.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub(crate) fn database(self: &Arc<Self>, name: &str) -> Database {
        let of_server = Database { cluster: self.clone(), name: "postgres".to_owned() };
        of_server.execute(&format!("create database {name}"));
        Database { cluster: self.clone(), name: name.to_owned() }
    }

    /// A standby becomes a primary, with a timeline of its own.
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["--pgdata", &self.data(), "--wait", "promote"]);
    }

    /// Makes the server a standby of nothing: when it is promoted, its timeline is another one.
    pub(crate) fn become_standby(&self) {
        self.run("pg_ctl", &["--pgdata", &self.data(), "--mode", "fast", "--wait", "stop"]);
        let signal = Path::new(&self.data()).join("standby.signal");
        fs::write(&signal, "").unwrap();
        self.restart();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let arguments = ["--pgdata", &self.data(), "--mode", "immediate", "--wait", "stop"];
        let mut command = self.command(self.bin.join("pg_ctl"));
        // It may be stopped already.
        let _ = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Database {
    /// Its address, for another user than the owner of the server.
    pub(crate) fn url_of(&self, user: &str) -> String {
        let Cluster { folder, port, .. } = &*self.cluster;
        format!("postgres:///{}?host={}&user={user}&port={port}", self.name, folder.path().display())
    }

    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Opens a store with short leases.
    pub(crate) async fn open(&self) -> PostgresStore {
        PostgresStore::open_with(&self.url(), options()).await.unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Reads rows, as another program does.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Row> {
        self.client().await.query(sql, &[]).await.unwrap()
    }

    /// Reads one number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].get(0)
    }

    /// What the database says of the requests of these items.
    pub(crate) async fn told(&self, keys: &[String]) -> Vec<String> {
        let sql = "select distinct format('life %s of %s, chunk %s, epoch %s: request %s, sent %s, ended %s, %s %s', a.life, l.worker, a.chunk, c.epoch, a.attempt, \
                   a.sent, a.ended, a.status, a.result) from bulk_endpoint.attempts a join bulk_endpoint.items i on i.run = a.run and i.item = any(a.items) \
                   join bulk_endpoint.lives l on l.run = a.run and l.life = a.life join bulk_endpoint.chunks c on c.run = a.run and c.chunk = a.chunk \
                   where i.key = any($1) order by 1";
        self.client().await.query(sql, &[&keys]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Executes statements, outside of a runtime.
    pub(crate) fn execute(&self, sql: &str) {
        let of_file = |name: &str| self.cluster.bin.join(name);
        let mut psql = self.cluster.command(of_file("psql"));
        let host = self.cluster.folder.path().display().to_string();
        psql.args([
            "--host",
            &host,
            "--port",
            &self.cluster.port.to_string(),
            "--username",
            "postgres",
            "--dbname",
            &self.name,
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        let output = psql.output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The margin of leases in tests.
pub(crate) const MARGIN: std::time::Duration = std::time::Duration::from_millis(800);

pub(crate) fn options() -> PostgresOptions {
    PostgresOptions::new().lease_margin(MARGIN)
}

/// The folder with the programs of the server.
fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    folders.extend(versions);
    let has_all = |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).exists());
    folders.into_iter().find(has_all)
}

/// The user `postgres`, or `nobody`.
fn other_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
        Some((fields.next()?, fields.next()?))
    };
    ids("postgres").or_else(|| ids("nobody")).unwrap()
}

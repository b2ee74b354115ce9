//! A connection to the database, and what its errors mean.
//!
//! Nothing depends on the state of a session: each statement has its parameters with it and no name, and each transaction sets what it needs. So
//! a pooler may give each transaction another session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Address};
use crate::fault::store_error;
use crate::random::random_bytes;

/// A parameter of a statement, with its type: the server is not asked for it.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// The longest time that a connection to a server, or a statement, takes. After it the connection counts as broken.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same, for statements that look at all items of a run.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_secs(3600);
/// The times between two tries to reach the database.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Where the database is, and how it is reached.
pub(crate) struct Target {
    /// One for each server, in the order in which they are tried.
    servers: Vec<Config>,
    tls: Option<MakeRustlsConnect>,
    /// The address, for people: without the password.
    name: String,
    /// How long the database may be away (R7).
    pub(crate) patience: Duration,
}

impl Target {
    pub(crate) fn new(url: &str, patience: Duration) -> Result<Self, JournalError> {
        // The text may have a password in it, so that it is not shown.
        let misread = |found: String| {
            store_error(format!(
                "expected the address of a PostgreSQL database, such as `postgres://user@host/database`, found: {found}; correct it"
            ))
        };
        let address = Address::read(url).map_err(misread)?;
        let mut config: Config = address.url.parse().map_err(|error| misread(cause_of(&error)))?;
        if config.get_hosts().is_empty() {
            let message = "expected the address of a PostgreSQL database with a host, such as `postgres://user@host/database`, found none";
            return Err(store_error(message));
        }
        if config.get_application_name().is_none() {
            config.application_name("bulk-endpoint");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.tcp_user_timeout(STATEMENT_TIMEOUT);
        config.keepalives_idle(STATEMENT_TIMEOUT);
        let name = name_of(&config);
        // A socket has no TLS: nothing of it leaves the machine.
        if !config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_))) {
            config.ssl_mode(SslMode::Disable);
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(address.tls.connector(&name)?),
        };
        Ok(Target { servers: servers_of(&config), tls, name, patience })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Connects to the first server that can be used. Each has its own time: one that says nothing does not hide the next.
    async fn connect(&self) -> Result<Client, Trouble> {
        let mut trouble = Trouble::Away("no server is named".to_owned());
        for server in &self.servers {
            match self.connect_to(server).await {
                Ok(client) => return Ok(client),
                Err(other) => trouble = other,
            }
        }
        Err(trouble)
    }

    /// Connects, and drives the connection in a task of its own.
    async fn connect_to(&self, server: &Config) -> Result<Client, Trouble> {
        let longest = server.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        let connected = timeout(longest, async {
            match &self.tls {
                Some(tls) => {
                    let (client, connection) = server.connect(tls.clone()).await?;
                    drive(connection);
                    Ok(client)
                }
                None => {
                    let (client, connection) = server.connect(NoTls).await?;
                    drive(connection);
                    Ok(client)
                }
            }
        });
        match connected.await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(error)) => {
                Err(tls::refusal(&error).map_or_else(|| Trouble::of_connection(&error), Trouble::Untrusted))
            }
            Err(_) => Err(Trouble::Away("no response to a connection".to_owned())),
        }
    }

    /// The database could not be used: why, and what to do.
    pub(crate) fn unusable(&self, trouble: &Trouble) -> JournalError {
        let name = &self.name;
        match trouble {
            Trouble::Away(why) => {
                store_error(format!("cannot reach the database {name}: {why}; start it, or correct its address"))
            }
            Trouble::Unable(why) => store_error(format!(
                "the database {name} cannot do it now: {why}; try it again, and if that does not help, see the log of the server"
            )),
            Trouble::Untrusted(why) => store_error(format!("cannot trust the database {name}: {why}")),
            Trouble::Refused(why) => store_error(format!("cannot use the database {name}: {why}")),
        }
    }
}

fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        // Its error is that of the statement that waits.
        let _ = connection.await;
    });
}

/// What an address says of each of its servers. tokio-postgres has no time for a server that takes a connection and then says nothing.
fn servers_of(config: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let fits = |count: usize| count <= 1 || count == hosts.len();
    if hosts.len() < 2 || !fits(ports.len()) || !(addresses.is_empty() || addresses.len() == hosts.len()) {
        // What is wrong with it is told when it is used.
        return vec![config.clone()];
    }
    let mut servers: Vec<Config> =
        hosts.iter().enumerate().map(|(place, host)| server_of(config, place, host)).collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        let first = random_bytes().map_or(0, u64::from_be_bytes) % servers.len() as u64;
        servers.rotate_left(usize::try_from(first).unwrap_or_default());
    }
    servers
}

fn server_of(config: &Config, place: usize, host: &Host) -> Config {
    let mut server = Config::new();
    match host {
        Host::Tcp(host) => server.host(host),
        #[cfg(unix)]
        Host::Unix(path) => server.host_path(path),
    };
    config.get_hostaddrs().get(place).map(|address| server.hostaddr(*address));
    config.get_ports().get(place).or(config.get_ports().first()).map(|port| server.port(*port));
    config.get_user().map(|user| server.user(user));
    config.get_password().map(|password| server.password(password));
    config.get_dbname().map(|name| server.dbname(name));
    config.get_options().map(|options| server.options(options));
    config.get_application_name().map(|name| server.application_name(name));
    config.get_connect_timeout().map(|timeout| server.connect_timeout(*timeout));
    config.get_tcp_user_timeout().map(|timeout| server.tcp_user_timeout(*timeout));
    config.get_keepalives_interval().map(|interval| server.keepalives_interval(interval));
    config.get_keepalives_retries().map(|retries| server.keepalives_retries(retries));
    server
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding())
        .load_balance_hosts(config.get_load_balance_hosts());
    server
}

/// `user@host:port/database`.
fn name_of(config: &Config) -> String {
    let mut name = String::from("`");
    if let Some(user) = config.get_user() {
        name.push_str(user);
        name.push('@');
    }
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(place, host)| {
            let ports = config.get_ports();
            let port = ports.get(place).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(host) => format!("{host}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            }
        })
        .collect();
    name.push_str(&hosts.join(","));
    if let Some(database) = config.get_dbname() {
        name.push('/');
        name.push_str(database);
    }
    name.push('`');
    name
}

/// Why a statement failed.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// The database is away. Whether the statement took effect is not known; it may be tried again once that is known.
    Away(String),
    /// The server says that it cannot work now: it has no resources, it was told to end the statement, or that met another one. It may be tried
    /// again.
    Unable(String),
    /// No connection was made, because TLS is not what the address asks for: nothing was sent. With what to do. It may be tried again.
    Untrusted(String),
    /// The statement is refused, and would be again.
    Refused(String),
}

impl Trouble {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        let why = cause_of(error);
        let Some(state) = error.code() else {
            // Of the connection, or of a parameter.
            let is_away = error.is_closed() || error.as_db_error().is_none() && is_io(error);
            return if is_away { Trouble::Away(why) } else { Trouble::Refused(why) };
        };
        match state.code().get(..2).unwrap_or_default() {
            // Resources, and transactions that met another one.
            "53" | "40" => Trouble::Unable(why),
            _ if *state == SqlState::QUERY_CANCELED => Trouble::Unable(why),
            // Connections, an operator, and the system.
            "08" | "57" | "58" => Trouble::Away(why),
            // A standby: after a failover the address may lead to another server.
            _ if *state == SqlState::READ_ONLY_SQL_TRANSACTION => Trouble::Away(why),
            _ => Trouble::Refused(why),
        }
    }

    /// Of a connection that was not made: what is refused is what the address asks for.
    fn of_connection(error: &tokio_postgres::Error) -> Self {
        match Trouble::of(error) {
            Trouble::Refused(why) => Trouble::Refused(format!(
                "{why}; correct the user, the password or the database in its address, or what the server allows (`pg_hba.conf`, roles)"
            )),
            other => other,
        }
    }

    pub(crate) fn why(&self) -> &str {
        match self {
            Trouble::Away(why) | Trouble::Unable(why) | Trouble::Untrusted(why) | Trouble::Refused(why) => why,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    // Such as "no hosts could be reached in time".
    error.to_string().starts_with("error connecting") || error.to_string().starts_with("timeout")
}

/// The words of an error, without the kind that tokio-postgres puts before them.
fn cause_of(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        let code = error.code().code();
        return match error.hint() {
            Some(hint) => format!("{} ({code}); {hint}", error.message()),
            None => format!("{} ({code})", error.message()),
        };
    }
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// A connection that is made again when it breaks.
pub(crate) struct Connection {
    target: Arc<Target>,
    client: Option<Client>,
    /// The longest time that a statement takes.
    timeout: Duration,
}

impl Connection {
    pub(crate) fn new(target: Arc<Target>) -> Self {
        Connection { target, client: None, timeout: STATEMENT_TIMEOUT }
    }

    /// A connection for statements that look at all items of a run.
    pub(crate) fn for_long_statements(target: Arc<Target>) -> Self {
        Connection { timeout: LONG_TIMEOUT, ..Connection::new(target) }
    }

    pub(crate) fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// The client, connected. Its caller calls [`close`](Self::close) when a statement of it fails.
    pub(crate) async fn client(&mut self) -> Result<&mut Client, Trouble> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = Some(self.target.connect().await?);
        }
        self.client.as_mut().ok_or_else(|| Trouble::Away("no connection".to_owned()))
    }

    pub(crate) fn close(&mut self) {
        self.client = None;
    }

    /// Executes one statement, which is a transaction of its own. After [`Trouble::Away`] it may have taken effect.
    pub(crate) async fn rows(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Trouble> {
        let limit = self.timeout;
        let client = self.client().await?;
        let result = match timeout(limit, client.query_typed(sql, params)).await {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(error)) => Trouble::of(&error),
            Err(_) => Trouble::Away(format!("no response within {limit:?}")),
        };
        if !matches!(result, Trouble::Refused(_)) {
            self.close();
        }
        Err(result)
    }

    /// Executes one statement that may be executed twice, again and again while the database is away.
    pub(crate) async fn rows_patiently(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, JournalError> {
        let mut patience = Patience::new(&self.target);
        loop {
            match self.rows(sql, params).await {
                Ok(rows) => return Ok(rows),
                Err(trouble) => patience.wait(trouble).await?,
            }
        }
    }
}

/// What waits for a database that is away.
pub(crate) trait Waits {
    /// Since when it waits.
    type Patience;

    fn patience(&self) -> Self::Patience;

    /// Waits before the next try. Returns an error if the trouble does not pass, or has lasted for longer than the patience.
    async fn wait(&self, patience: &mut Self::Patience, trouble: Trouble) -> Result<(), JournalError>;
}

/// Waits for a database that is away (R7: it has a patience of its own).
pub(crate) struct Patience {
    target: Arc<Target>,
    since: Option<Instant>,
    wait: Duration,
}

impl Patience {
    pub(crate) fn new(target: &Arc<Target>) -> Self {
        Patience { target: target.clone(), since: None, wait: FIRST_WAIT }
    }

    /// Waits before the next try. Returns an error if the trouble does not pass, or has lasted for longer than the patience.
    pub(crate) async fn wait(&mut self, trouble: Trouble) -> Result<(), JournalError> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if matches!(trouble, Trouble::Refused(_)) {
            return Err(self.target.unusable(&trouble));
        }
        if since.elapsed() >= self.target.patience {
            let (name, patience) = (self.target.name(), self.target.patience);
            return Err(store_error(format!(
                "the database {name} is down for longer than {patience:?}: {trouble}; nothing was sent that could not be recorded; start the \
                 database, the workers then continue"
            )));
        }
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        Ok(())
    }
}

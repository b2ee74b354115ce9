//! TLS to the database: servers with a certificate that openssl makes, and what a server gets that is not trusted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bulk_endpoint_durable::postgres::PostgresStore;

use crate::block_on;
use crate::cluster::{Cluster, Database, options};
use crate::tokens::{Tokens, Vendor};

const PASSWORD: &str = "open-sesame";

/// A server with TLS, whose users have passwords that it asks for in plain text.
struct Protected {
    database: Database,
}

impl Protected {
    fn start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster::start_with(free, |cluster| {
            for authority in ["authority", "other"] {
                cluster.certificate(authority, &["-subj", &format!("/CN={authority}")]);
            }
            let signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "basicConstraints=CA:FALSE"];
            cluster.certificate(
                "good",
                &[&signed[..], &["-subj", "/CN=db", "-addext", "subjectAltName=DNS:localhost"]].concat(),
            );
            cluster.certificate("worker", &[&signed[..], &["-subj", "/CN=certified"]].concat());
            let by_other = ["-CA", "other.pem", "-CAkey", "other.key", "-addext", "basicConstraints=CA:FALSE"];
            cluster.certificate("stranger", &[&by_other[..], &["-subj", "/CN=certified"]].concat());
            // As the manual of PostgreSQL makes one: it is its own authority.
            cluster.certificate("self", &["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
            let folder = cluster.folder().display();
            cluster.file(
                "hba",
                "local all all trust\nhostssl all bound all scram-sha-256\nhostssl all certified all cert\nhostssl all all all password\n",
            );
            present(cluster, "good");
            format!(
                "listen_addresses = '127.0.0.1'\nssl = on\nssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n\
                 ssl_ca_file = '{folder}/authority.pem'\n\
                 hba_file = '{folder}/hba'\nlog_connections = on"
            )
        })?;
        let database = Arc::new(cluster).database("protected");
        database.execute(&format!(
            "create role app login password '{PASSWORD}'; create role bound login password '{PASSWORD}' in role app; \
             create role certified login in role app; \
             grant create on database protected to app"
        ));
        Some(Protected { database })
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        let port = self.database.cluster.port();
        format!("postgres://app:{PASSWORD}@{host}:{port}/protected?hostaddr=127.0.0.1&{parameters}")
    }

    fn file(&self, name: &str) -> String {
        self.database.cluster.folder().join(name).display().to_string()
    }

    /// Starts the server again, with another certificate.
    fn restart_with(&self, certificate: &str) {
        let cluster = &self.database.cluster;
        cluster.crash();
        present(cluster, certificate);
        cluster.restart();
    }
}

/// Lets the server present this certificate when it is started.
fn present(cluster: &Cluster, name: &str) {
    for kind in ["pem", "key"] {
        let mut copy = cluster.command("cp");
        assert!(copy.args([format!("{name}.{kind}"), format!("server.{kind}")]).status().unwrap().success());
    }
}

#[test]
fn a_run_is_worked_on_over_tls_and_waits_while_the_certificate_is_not_trusted() {
    let Some(server) = Protected::start() else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(20));
    block_on(async {
        let root = server.file("authority.pem");
        let verified = server.url("localhost", &format!("sslmode=verify-full&sslrootcert={root}"));
        let store = PostgresStore::open_with(&verified, options()).await.unwrap();
        store.submit("run", (0..1_000).map(|id| format!("id-{id}"))).arguments(&"a").await.unwrap();
        let sql = "select count(*) from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'bulk-endpoint' and ssl = ";
        let database = &server.database;
        assert!(database.number(&format!("{sql}true")).await > 0);
        assert_eq!(database.number(&format!("{sql}false")).await, 0);
        // Each other way to say it.
        for parameters in [format!("sslrootcert={root}"), format!("sslmode=prefer&sslrootcert={root}")] {
            PostgresStore::open_with(&server.url("localhost", &parameters), options()).await.unwrap();
        }
        // The password, proved for this TLS session.
        let bound = format!("{verified}&channel_binding=require");
        PostgresStore::open_with(&bound.replace("//app:", "//bound:"), options()).await.unwrap();
        let error = PostgresStore::open_with(&bound, options()).await.unwrap_err().to_string();
        assert!(error.contains("server did not use channel binding"), "{error}");
        let worker = store.worker("run", move |org: String| client.put(&org)).concurrency(1).until_done();
        let worker = tokio::spawn(worker);
        vendor.arrived(5).await;
        server.restart_with("self");
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.restart_with("good");
        assert!(worker.await.unwrap().unwrap().is_done);
        assert_eq!(vendor.keys().len(), 1_000);
        let log = server.database.cluster.log();
        assert!(log.contains("could not accept SSL connection"), "{log}");
    });
}

#[test]
fn a_server_that_is_not_trusted_is_refused_and_gets_no_password() {
    let Some(server) = Protected::start() else { return };
    let refused = |host: &str, parameters: &str| {
        let url = server.url(host, parameters);
        let error = block_on(PostgresStore::open_with(&url, options())).unwrap_err().to_string();
        assert!(!error.contains(PASSWORD), "{error}");
        error
    };
    let root = |name: &str| format!("sslmode=require&sslrootcert={}", server.file(name));
    let port = server.database.cluster.port();
    // The roots of the machine, and those of another authority. The default uses TLS where the server has it, and verifies, too.
    for parameters in ["sslmode=require", "sslmode=prefer", "", &root("other.pem")] {
        let error = refused("localhost", parameters);
        let expected = format!(
            "cannot trust the database `app@localhost:{port}/protected`: invalid peer certificate: UnknownIssuer; name the file"
        );
        assert!(error.starts_with(&expected) && error.contains("`sslrootcert=/path/ca.pem`"), "{error}");
    }
    let error = refused("db.example.com", &root("authority.pem"));
    assert!(error.contains("not valid for name \"db.example.com\"") && error.contains("`subjectAltName`"), "{error}");
    let error = refused("localhost", &root("nothing.pem"));
    assert!(error.contains("nothing.pem\", which `sslrootcert` names") && error.contains("No such file"), "{error}");
    let error = refused("localhost", &root("authority.key"));
    assert!(error.contains("found: no certificate; correct the path"), "{error}");
    server.restart_with("self");
    let error = refused("localhost", &root("self.pem"));
    assert!(error.contains("CaUsedAsEndEntity") && error.contains("`CA:FALSE`"), "{error}");
    let log = server.database.cluster.log();
    assert!(log.contains("could not accept SSL connection"), "{log}");
    // The server learns who the client is only after the handshake, and the password after that.
    assert!(!log.contains("user=app"), "{log}");
}

#[test]
fn an_address_that_the_server_refuses_is_told_what_to_correct() {
    let Some(server) = Protected::start() else { return };
    let root = format!("sslrootcert={}", server.file("authority.pem"));
    let (good, plain) = (server.url("localhost", &root), server.url("localhost", "sslmode=disable"));
    for (url, why) in [
        (good.replace(PASSWORD, "wrong"), "password authentication failed for user \"app\" (28P01)"),
        (good.replace(&format!(":{PASSWORD}"), ""), "password missing"),
        (good.replace("/protected?", "/other?"), "database \"other\" does not exist (3D000)"),
        (plain, "no encryption (28000)"),
    ] {
        let error = block_on(PostgresStore::open_with(&url, options())).unwrap_err().to_string();
        let fix = "; correct the user, the password or the database in its address";
        assert!(error.contains(&format!("{why}{fix}")) && !error.contains(PASSWORD), "{error}");
    }
}

#[test]
fn a_worker_with_a_certificate_needs_no_password() {
    let Some(server) = Protected::start() else { return };
    let root = format!("sslrootcert={}", server.file("authority.pem"));
    let open = |shown: &str| {
        let url = server.url("localhost", &format!("{root}{shown}")).replace(&format!("app:{PASSWORD}"), "certified");
        block_on(PostgresStore::open_with(&url, options()))
    };
    let files =
        |certificate: &str, key: &str| format!("&sslcert={}&sslkey={}", server.file(certificate), server.file(key));
    open(&files("worker.pem", "worker.key")).unwrap();
    // In one file.
    let both = ["worker.key", "worker.pem"].map(|name| std::fs::read_to_string(server.file(name)).unwrap()).concat();
    server.database.cluster.file("both.pem", &both);
    open(&format!("&sslcert={}", server.file("both.pem"))).unwrap();
    for (shown, why) in [
        (String::new(), "connection requires a valid client certificate"),
        (files("stranger.pem", "stranger.key"), "UnknownCA; name a certificate (`sslcert`) that is valid"),
        (files("worker.pem", "stranger.key"), "expected the private key of the certificate in the file"),
        (files("nothing.pem", "worker.key"), "nothing.pem\", which `sslcert` names"),
        (files("worker.key", "worker.key"), "expected a certificate (PEM) in the file"),
        (files("worker.pem", "worker.pem"), "expected a private key that is not encrypted (PEM) in the file"),
        (format!("&sslkey={}", server.file("worker.key")), "`sslkey` without `sslcert`"),
    ] {
        let error = open(&shown).map(drop).unwrap_err().to_string();
        assert!(error.contains(why), "{shown}: {error}");
    }
}

#[test]
fn a_server_without_tls_gets_nothing_where_tls_is_required() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It has no TLS, whoever asks.
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        client.read_exact(&mut request).unwrap();
        client.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).unwrap();
        (request, rest)
    });
    let url = format!("postgres://app:{PASSWORD}@{address}/run?sslmode=require");
    let error = block_on(PostgresStore::open_with(&url, options())).unwrap_err().to_string();
    assert!(error.contains("expected a server with TLS, found one without it") && !error.contains(PASSWORD), "{error}");
    let (request, rest) = server.join().unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "the request for TLS");
    assert!(rest.is_empty(), "nothing else: {rest:?}");
}

#[test]
fn a_mode_that_is_not_known_is_named() {
    let error = block_on(PostgresStore::open("postgres://app@db/run?sslmode=verify-ca")).unwrap_err().to_string();
    assert!(error.contains("found: `sslmode=verify-ca`; the modes are `disable`"), "{error}");
}

//! The files in `examples/deploy/`: they have a form, they name what is there, and what they say works on a server that is set up as they
//! say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint_api_defs::csp::OrgApiTokensClient;
use serde::Deserialize;
use yaml_serde::Value;

use crate::check;
use crate::cluster::{Cluster, Database};
use crate::support::{Folder, SECRET, csp, end, run, start};

const COMPOSE: &str = include_str!("../../deploy/compose.yaml");
const KUBERNETES: &str = include_str!("../../deploy/kubernetes.yaml");
const KUSTOMIZATION: &str = include_str!("../../deploy/kustomization.yaml");
const DOCKERFILE: &str = include_str!("../../deploy/Dockerfile");
const OPERATORS: &str = include_str!("../../../durable/docs/postgres.md");

/// Where the containers have their secrets.
const SECRETS: &str = "/run/secrets/bulk";

/// A container that the files start.
struct Container {
    /// The image is in another place than its name says, for kustomize.
    image: String,
    arguments: Vec<String>,
    /// Values that are references are empty.
    environment: BTreeMap<String, String>,
    memory: String,
    /// How long it has after SIGTERM.
    grace: u64,
}

fn documents(text: &str) -> Vec<Value> {
    yaml_serde::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap()).collect()
}

/// Returns the value at a path of keys, or null.
fn at<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
    path.iter().fold(value, |value, key| value.get(key).unwrap_or(&Value::Null))
}

fn text(value: &Value) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| yaml_serde::to_string(value).unwrap().trim().to_owned())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_sequence().into_iter().flatten()
}

fn seconds(value: &str) -> u64 {
    value.trim_end_matches('s').parse().unwrap()
}

/// The services of the compose file.
fn services() -> BTreeMap<String, Container> {
    let [file] = &documents(COMPOSE)[..] else { panic!("expected one document") };
    let services = file["services"].as_mapping().unwrap().iter();
    let containers = services.map(|(name, service)| {
        let environment = at(service, &["environment"]).as_mapping().into_iter().flatten();
        let container = Container {
            image: text(&service["image"]),
            arguments: list(at(service, &["command"])).map(text).collect(),
            environment: environment.map(|(name, value)| (text(name), text(value))).collect(),
            memory: text(at(service, &["deploy", "resources", "limits", "memory"])),
            grace: service.get("stop_grace_period").map_or(10, |grace| seconds(&text(grace))),
        };
        (text(name), container)
    });
    containers.collect()
}

/// The objects of the manifest, by kind and name.
fn objects() -> BTreeMap<String, Value> {
    let named = |object: Value| (format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"])), object);
    documents(KUBERNETES).into_iter().map(named).collect()
}

/// The one container of a pod.
fn container(object: &Value) -> Container {
    let pod = &object["spec"]["template"]["spec"];
    let [container] = &pod["containers"].as_sequence().unwrap()[..] else { panic!("expected one container") };
    let environment = list(at(container, &["env"]));
    Container {
        image: text(&container["image"]),
        arguments: list(at(container, &["args"])).map(text).collect(),
        environment: environment
            .map(|variable| (text(&variable["name"]), variable.get("value").map(text).unwrap_or_default()))
            .collect(),
        memory: text(&container["resources"]["limits"]["memory"]),
        grace: pod["terminationGracePeriodSeconds"].as_u64().unwrap(),
    }
}

/// A server that is set up as the files say.
struct Deployed {
    database: Database,
}

impl Deployed {
    /// `arguments` are those of the server.
    fn start(arguments: &[String]) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster::start_with(free, |cluster| {
            cluster.certificate("ca", &["-subj", "/CN=authority"]);
            let of_server =
                ["-subj", "/CN=db", "-addext", "subjectAltName=DNS:bulk-db", "-addext", "basicConstraints=CA:FALSE"];
            cluster.certificate("tls", &[&of_server[..], &["-CA", "ca.pem", "-CAkey", "ca.key"]].concat());
            cluster.file("owner-password", "of the owner\n");
            cluster.file("worker-password", "of a worker\n");
            // As the image has it.
            cluster.file("hba", "local all all trust\nhost all all all scram-sha-256\n");
            let folder = cluster.folder().display().to_string();
            let mut settings = format!("listen_addresses = '127.0.0.1'\nhba_file = '{folder}/hba'\n");
            for setting in arguments.iter().filter(|argument| argument.contains('=')) {
                let (name, value) = setting.split_once('=').unwrap();
                let value = value.replace(&format!("{SECRETS}/tls.crt"), &format!("{folder}/tls.pem"));
                let value = value.replace("/tls.key", &format!("{folder}/tls.key")).replace(SECRETS, "");
                settings += &format!("{name} = '{value}'\n");
            }
            settings
        })?;
        let mut psql = cluster.program("psql");
        psql.arg("--host").arg(cluster.folder()).args(["--port", &free.to_string(), "--username", "postgres"]);
        psql.args(["--no-psqlrc", "--file"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/roles.sql"));
        let output = psql.env("BULK_SECRETS", cluster.folder()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(Deployed { database: Database { cluster: Arc::new(cluster), name: "bulk".to_owned() } })
    }

    /// The address as the documentation has it, for this server.
    fn url(&self, user: &str, password: &str) -> String {
        let cluster = &self.database.cluster;
        let documented = "@bulk-db/bulk?sslmode=verify-full&sslrootcert=/run/secrets/bulk/ca.crt";
        assert!(OPERATORS.contains(&format!("postgres://{user}:PASSWORD{documented}")), "{user}");
        let (port, root) = (cluster.port(), cluster.folder().join("ca.pem"));
        let here = documented
            .replace("bulk-db/", &format!("bulk-db:{port}/"))
            .replace("/run/secrets/bulk/ca.crt", root.to_str().unwrap());
        format!("postgres://{user}:{}{here}&hostaddr=127.0.0.1", password.replace(' ', "%20"))
    }
}

/// `bulk-run` as a container starts it, without this variable.
fn as_in(container: &Container, values: &BTreeMap<&str, String>, without: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulk-run"));
    command.args(&container.arguments).env_clear().stdin(Stdio::null());
    for name in container.environment.keys().filter(|name| *name != without) {
        command.env(name, values.get(&**name).unwrap_or_else(|| panic!("`bulk-run` reads no {name}")));
    }
    command
}

/// The containers of `bulk-run`, of both files.
fn workers() -> [Container; 2] {
    [services().remove("worker").unwrap(), container(&objects()["Job bulk-work"])]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_files_start_works_on_a_run() {
    let mut services = services();
    let Some(deployed) = Deployed::start(&services["bulk-db"].arguments) else { return };
    let (csp, folder) = (csp(Duration::from_millis(5)).await, Folder::new("deploy"));
    // The first command of the owner makes the tables. A worker has nothing to do with that.
    let of_owner = BTreeMap::from([("BULK_DATABASE", deployed.url("bulk_owner", "of the owner"))]);
    let mut owner = services.remove("owner").unwrap();
    check(&run(as_in(&owner, &of_owner, "")).await, 0, "No runs are submitted");
    let input = folder.file("ids.txt", &(0..3_000).map(|id| format!("{id}\n")).collect::<String>());
    let submit = [
        "submit",
        "leavers",
        "csp",
        "deactivate",
        "--org-id",
        "o",
        "--yes",
        "--base-url",
        csp.url(),
        "--input",
        &input,
    ];
    owner.arguments = submit.map(str::to_owned).to_vec();
    check(&run(as_in(&owner, &of_owner, "")).await, 0, "`leavers` is submitted: 3000 items");

    let of_worker = BTreeMap::from([
        ("BULK_DATABASE", deployed.url("bulk_worker", "of a worker")),
        ("CSP_TOKEN", SECRET.to_owned()),
    ]);
    for container in workers() {
        for name in container.environment.keys() {
            check(&run(as_in(&container, &of_worker, name)).await, 2, name);
        }
    }
    // Three of them, as each file says.
    let started =
        workers().iter().chain(&workers()[..1]).map(|worker| start(as_in(worker, &of_worker, ""))).collect::<Vec<_>>();
    for worker in started {
        check(&end(worker).await, 0, "all 3000 items succeeded");
    }
    assert_eq!(csp.applied(OrgApiTokensClient::DEACTIVATE).len(), 3_000);

    // What the role of the workers may not do.
    let client = deployed.database.client().await;
    client.batch_execute("set role bulk_worker").await.unwrap();
    for refused in [
        "drop table bulk_endpoint.items",
        "delete from bulk_endpoint.items",
        "create table public.mine ()",
        "create schema mine",
    ] {
        let error = client.batch_execute(refused).await.unwrap_err();
        assert_eq!(
            error.code(),
            Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
            "{refused}: {error:?}"
        );
    }
}

#[test]
fn both_files_say_the_same() {
    let (services, objects) = (services(), objects());
    let settings = |container: &Container| {
        let settings = container.arguments.iter().filter(|argument| argument.contains('='));
        settings.map(|setting| setting.replace(SECRETS, "")).collect::<BTreeSet<_>>()
    };
    let (server, database) = (container(&objects["StatefulSet bulk-db"]), &services["bulk-db"]);
    assert_eq!(settings(&server), settings(database));
    assert_eq!(server.image, database.image);
    let [by_compose, by_kubernetes] = workers();
    assert_eq!(by_compose.arguments, by_kubernetes.arguments);
    assert!(by_compose.environment.keys().eq(by_kubernetes.environment.keys()));
    assert_eq!(at(&documents(COMPOSE)[0], &["services", "worker", "deploy", "replicas"]).as_u64(), Some(3));
    let job = &objects["Job bulk-work"];
    assert_eq!(at(job, &["spec", "parallelism"]).as_u64(), Some(3));
    // The name of the service is that of the host.
    assert!(objects.contains_key("Service bulk-db"));
}

#[test]
fn a_worker_may_end_its_requests_and_is_bounded() {
    for worker in workers() {
        let timeout = worker.arguments.iter().skip_while(|argument| *argument != "--timeout").nth(1).unwrap();
        // As long as a lease: the timeout and 10 s.
        assert!(worker.grace >= seconds(timeout) + 10, "{} s", worker.grace);
    }
    for container in workers().into_iter().chain([container(&objects()["StatefulSet bulk-db"])]) {
        assert!(container.memory.ends_with(['m', 'i']), "a limit: {}", container.memory);
    }
}

#[test]
fn no_secret_is_in_the_files() {
    let objects = objects();
    let pods = ["StatefulSet bulk-db", "Job bulk-work"].map(|name| (name.to_owned(), container(&objects[name])));
    for (name, container) in services().into_iter().chain(pods) {
        for (variable, value) in container.environment {
            let is_reference = value.is_empty() || value.starts_with("${") && value.contains(":?");
            assert!(is_reference || value.starts_with('/'), "{name}: {variable} has the value {value:?}");
        }
    }
    assert!(objects.keys().all(|name| !name.starts_with("Secret")));
    for file in [COMPOSE, KUBERNETES, KUSTOMIZATION] {
        assert!(!file.contains("postgres://") && !file.contains("BEGIN "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_chapter_for_operators_exist() {
    let folder = Folder::new("operators");
    folder.file("ids.csv", "id\n1\n");
    let lines = OPERATORS.lines().filter(|line| line.starts_with("bulk-run "));
    let commands: Vec<&str> = lines.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for line in commands {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulk-run"));
        command.args(line.split_whitespace().skip(1)).current_dir(&folder.0).stdin(Stdio::null());
        // The database is asked last.
        command.env("BULK_DATABASE", "postgres:///bulk?host=/nowhere&user=me");
        check(&run(command).await, 4, "cannot reach");
    }
}

#[test]
fn the_image_is_made_of_what_is_there() {
    let build = DOCKERFILE.lines().find_map(|line| line.strip_prefix("RUN cargo ")).unwrap();
    assert_eq!(build, "build --release --locked -p bulk-endpoint-examples --features postgres --bin bulk-run");
    let entry = "ENTRYPOINT [\"bulk-run\"]";
    assert!(
        DOCKERFILE.contains("/source/target/release/bulk-run /usr/local/bin/bulk-run") && DOCKERFILE.contains(entry)
    );
    let [kustomization] = &documents(KUSTOMIZATION)[..] else { panic!("expected one document") };
    assert_eq!(text(&kustomization["images"][0]["name"]), workers()[1].image);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let files = list(&kustomization["resources"]).chain(list(&kustomization["configMapGenerator"][0]["files"]));
    for file in files {
        assert!(folder.join(text(file)).is_file(), "{file:?}");
    }
    let compose = &documents(COMPOSE)[0];
    let build = at(compose, &["services", "worker", "build"]);
    assert!(folder.join(text(&build["context"])).join(text(&build["dockerfile"])).is_file());
    for file in ["compose.yaml", "kubernetes.yaml", "roles.sql", "Dockerfile"] {
        assert!(OPERATORS.contains(file), "the chapter for operators does not name {file}");
    }
}

//! The page of a report, in a browser. Without one, nothing is looked at.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::deactivate;
use crate::support::{Folder, csp, run, stderr};

/// A browser, which ends with its test.
struct Browser(Child);

impl Browser {
    /// Opens a page; `None` if no browser is installed.
    fn open(folder: &Folder, url: &str) -> Option<Self> {
        let browsers = ["chromium", "chromium-browser", "google-chrome"];
        let is_there =
            |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
        let mut command = Command::new(browsers.into_iter().find(is_there)?);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-proxy-server",
        ]);
        command.args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]);
        command.args([&format!("--user-data-dir={}", folder.path("profile")), url]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        child.ok().map(Browser)
    }

    /// The most memory in kB that one of its processes had: that of the page. `None` where the system does not tell.
    fn peak_memory(&self) -> Option<u64> {
        let processes = std::fs::read_dir("/proc").ok()?.filter_map(|entry| {
            let status = std::fs::read_to_string(entry.ok()?.path().join("status")).ok()?;
            let field =
                |name| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
            Some((field("Pid:")?, (field("PPid:")?, field("VmHWM:").unwrap_or(0))))
        });
        let processes: HashMap<u64, (u64, u64)> = processes.collect();
        let is_own = |pid: u64| {
            let parent = |pid: &u64| processes.get(pid).map(|(parent, _)| *parent);
            std::iter::successors(Some(pid), parent).any(|pid| pid == u64::from(self.0.id()))
        };
        processes.iter().filter(|(pid, _)| is_own(**pid)).map(|(_, (_, peak))| *peak).max()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was seen of a page.
struct Looked {
    /// What the script returned.
    result: String,
    /// See [`Browser::peak_memory`].
    memory: Option<u64>,
}

/// Runs a script in a page; `None` without a browser. The page cannot send what it returns, but a form can take it to the next page.
async fn in_browser(folder: &Folder, page: &str, script: &str) -> Option<Looked> {
    let run = format!(
        "<form method=post enctype=text/plain action=/><textarea name=result></textarea></form>
        <script>addEventListener('load', async () => {{
          const look = async () => {{ {script} }};
          const form = document.querySelector('form');
          form.result.value = await look().catch((error) => 'error: ' + error);
          form.submit();
        }})</script></body>"
    );
    let page = page.replace("</body>", &run);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let browser = Browser::open(folder, &format!("http://{}/", listener.local_addr().unwrap()));
    if browser.is_none() {
        eprintln!("no chromium here: the page was not looked at");
    }
    let looked = async {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            if let Some(result) = serve(client, &page).await {
                return result;
            }
        }
    };
    let browser = browser?;
    let result =
        tokio::time::timeout(Duration::from_secs(60), looked).await.expect("the page is looked at within a minute");
    Some(Looked { result, memory: browser.peak_memory() })
}

/// Answers one request: with the page, or by taking in the form. A browser opens connections that it does not use.
async fn serve(mut client: TcpStream, page: &str) -> Option<String> {
    let mut request = Vec::new();
    let (head, body) = loop {
        let read = tokio::time::timeout(Duration::from_secs(1), client.read_buf(&mut request)).await;
        if !matches!(read, Ok(Ok(1..))) {
            return None;
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .split_once("content-length: ")
            .map_or(0, |(_, rest)| rest.lines().next().and_then(|length| length.parse::<usize>().ok()).unwrap_or(0));
        if request.len() >= head.len() + 4 + length {
            break (head.to_owned(), body.to_owned());
        }
    };
    let is_form = head.starts_with("POST ");
    let (status, page) = match () {
        () if head.starts_with("GET / ") => ("200 OK", page),
        () if is_form => ("200 OK", "thanks"),
        () => ("404 Not Found", ""),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    let _ = client.write_all(head.as_bytes()).await;
    let _ = client.write_all(page.as_bytes()).await;
    is_form.then(|| body.trim_start_matches("result=").trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_a_run_in_a_browser() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("page");
    let report = folder.path("out.html");
    let evil = "=</script><img src=x onerror=document.title=1>;=1";
    let output =
        run(deactivate(&folder, csp.url(), &["a", "bad", "b", evil, "--yes", "--quiet", "--report", &report])).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let page = std::fs::read_to_string(&report).unwrap();
    for loaded in ["src=\"", "href=\"", "url(", "@import", "fetch("] {
        assert!(!page.contains(loaded), "{loaded}: a page loads nothing");
    }
    let press =
        "[...document.querySelectorAll('#counts button')].find((b) => b.textContent.startsWith('failed')).click();
        let selection;
        URL.createObjectURL = (blob) => { selection = blob; return ''; };
        HTMLAnchorElement.prototype.click = () => {};
        document.getElementById('download').click();
        return document.documentElement.outerHTML + await selection.text();";
    let Some(Looked { result, .. }) = in_browser(&folder, &page, press).await else { return };
    let (dom, selection) = result.split_once("provider,operation,id,outcome,").unwrap();
    for want in [
        "<p id=\"verdict\">2 of 4 items did not succeed.</p>",
        "no such token",
        "1 to 2 of 2 items (filtered)",
        "aria-pressed=\"true\"",
        "1 usable responses",
        "org_id",
        "&lt;/script&gt;&lt;img src=x",
    ] {
        assert!(dom.contains(want), "{want}: {dom}");
    }
    assert!(!dom.contains("<img"), "a text is a text");
    // A group is shown whatever was filtered before.
    let press = "
        [...document.querySelectorAll('#counts button')].find((b) => b.textContent.startsWith('succeeded')).click();
        [...document.querySelectorAll('#groups button')].find((b) => b.textContent === 'Show').click();
        return document.getElementById('where').textContent;";
    let shown = in_browser(&folder, &page, press).await.map(|looked| looked.result);
    assert_eq!(shown.as_deref(), Some("1 to 1 of 1 item (filtered)"));
    let row = "csp,deactivate,\"'=</script><img src=x onerror=document.title=1>;'=1\",failed,";
    assert!(selection.contains(row), "it has no formulas, as a CSV report: {selection}");
}

/// The rows of a page with more items: each is one that is there, with another id.
fn with_items(page: &str, count: usize) -> String {
    const BEFORE: &str = "id=\"rows\">";
    let (before, rest) = page.split_once(BEFORE).unwrap();
    let (rows, after) = rest.split_once("</script>").unwrap();
    let rows: Vec<Vec<Value>> = serde_json::from_str(rows).unwrap();
    let rows = (0..count).map(|number| {
        let mut row = rows[number % rows.len()].clone();
        row[2] = format!("token-{number:06}").into();
        serde_json::to_string(&row).unwrap()
    });
    format!("{before}{BEFORE}[{}]</script>{after}", rows.collect::<Vec<_>>().join(",\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_400_000_items_is_shown_soon_and_searched() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("large-page");
    let report = folder.path("out.html");
    let output =
        run(deactivate(&folder, csp.url(), &["a", "b", "c", "bad", "--yes", "--quiet", "--report", &report])).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let page = with_items(&std::fs::read_to_string(&report).unwrap(), 400_000);
    let look = "
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        const text = (id) => document.getElementById(id).textContent;
        await frame(); await frame();
        const shown = performance.now(), all = text('where');
        const paints = performance.getEntriesByType('paint').map((paint) => paint.startTime);
        const type = async (needle) => {
          const search = document.getElementById('search'), before = text('where'), began = performance.now();
          search.value = needle;
          search.dispatchEvent(new Event('input'));
          while (text('where') === before) { await frame(); }
          return { found: text('where'), id: document.querySelector('#body td').textContent, ms: performance.now() - began };
        };
        const one = await type('token-39999'), failed = await type('no such token');
        return JSON.stringify({ paint: Math.min(...paints), shown, all, one, failed, drawn: document.querySelectorAll('#body tr').length });";
    let Some(Looked { result, memory }) = in_browser(&folder, &page, look).await else { return };
    let looked: Value = serde_json::from_str(&result).unwrap_or_else(|_| panic!("{result}"));
    assert_eq!((&looked["all"], &looked["drawn"]), (&"1 to 100 of 400,000 items".into(), &100.into()));
    assert_eq!(
        (&looked["one"]["found"], &looked["one"]["id"]),
        (&"1 to 10 of 10 items (filtered)".into(), &"token-399991".into())
    );
    assert_eq!(looked["failed"]["found"], "1 to 100 of 100,000 items (filtered)");
    // On two cores with others at work it was 0.2 s, 0.8 s and 0.2 s.
    for (what, most) in [(&looked["paint"], 5e3), (&looked["shown"], 10e3), (&looked["failed"]["ms"], 5e3)] {
        assert!(what.as_f64().is_some_and(|found| found > 0.0 && found < most), "{looked}");
    }
    // It was 366 MB, and 1.4 GB where all items of a selection were drawn.
    assert!(memory.is_none_or(|kilobytes| (10_000..800_000).contains(&kilobytes)), "{memory:?} kB");
}

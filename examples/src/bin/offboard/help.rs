//! The help text around the arguments.

pub(crate) const LONG_ABOUT: &str = "\
Disables the SailPoint accounts of people who left, and deactivates their API tokens at VMware
Cloud Services (CSP).

Without --input it is a demo: it generates 1000 leavers, starts fake servers of both vendors in
this process, offboards the leavers there, and compares the outcomes with what the servers applied.
No request leaves this machine. With --dry-run it only prints the requests.

With --input it reads the leavers from a file and sends requests to each vendor whose URL is given:
--sailpoint-url, --csp-url, or both. It reads bearer tokens from the environment variables
SAILPOINT_TOKEN and CSP_TOKEN, and never prints them. It sends them over http:// to this machine
only, unless --insecure-http is given. The CSP token must be that of an owner of the organization.
A proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is used, except for this machine and the
hosts in NO_PROXY.

Ids are read, sent and reported one by one: memory does not grow with their number.";

pub(crate) const USAGE: &str = "\
offboard [--leavers <N>] [--seed <S>] [OPTIONS]
       offboard --input <FILE> [--sailpoint-url <URL>] [--csp-url <URL> --csp-org <ID>] [OPTIONS]";

pub(crate) const AFTER_LONG_HELP: &str = "\
Input file:
  CSV with a header. The columns identity_id and token_id are required; other columns are ignored.
      identity_id,token_id
      2c91808384203c2d018437e631158308,9f6c1a0e
      2c91808384203c2d018437e631158308,11d07b42
      2c9180858082150f0180893dbaf553fe,
  A leaver with several tokens has one row for each; a leaver without tokens has an empty token_id.
  All rows are checked first. If any row is invalid, nothing is sent.
  A duplicate id is sent once, unless 50000 other ids are between its rows. Both vendors allow that.

Report (--report):
  One row for each id, in the order in which they settle: provider, operation, id, outcome, status,
  code, message, request_id. Outcomes:
      succeeded      done, or accepted by the vendor
      failed         not done; the message is the vendor's reason
      refused        not done: the vendor refused the whole request
      unknown        sent, but no usable response came: check the vendor's system
      not_attempted  not processed: never sent, or each request was rejected unprocessed
  Rows are written as they settle, to a file beside the report: out.partial.json for out.json. At
  the end it is renamed and replaces an older report. If the program is killed, it stays there, and
  it is whole: an id that is not in it may have been sent. A command without a journal does not
  overwrite it.
  In CSV, a text that a spreadsheet would run as a formula has a ' before it. JSON and NDJSON
  are exact. An HTML page is for people: it loads nothing, and lists what failed by message.

Journal (--journal):
  A run with --input is recorded in a file: out.journal.db beside out.json, leavers.journal.db beside
  leavers.csv if there is no report. Each request is recorded before it leaves, and each outcome
  before it is reported. After a crash, a stop or an expired token, the same command continues: it
  sends what is open, and nothing that is settled, and the report covers all ids. Continue with the
  same file of leavers; rows may be added at its end. When no id is open any more, the journal is
  renamed to out.journal.finished.db and replaces an older one, so that the next command starts a new
  run. It is an SQLite file:
      sqlite3 out.journal.finished.db \"select key, message from unknown\"
  It has the ids and the vendors' messages, and no tokens. Only you can read it.

Times (--timeout, --patience, --deadline):
  A number with ms, s, min or h, such as 0.5s, 10min or 2h. Without a unit it is in seconds.

Ctrl-C, SIGTERM, SIGHUP:
  The first one stops sending, waits for the responses to requests in flight, and writes the report.
  The second one does not wait: the ids of requests in flight are then unknown. Under nohup, SIGHUP
  is ignored.

Exit status:
  0  every id succeeded
  1  finished, and at least one id did not succeed
  2  an error; nothing was sent, unless the message says otherwise
  3  stopped: some ids are open, and the same command continues with them
  4  the journal cannot be used; nothing was sent, unless the message says otherwise

Examples:
  offboard
  offboard --leavers 200 --seed 7 --report out.csv
  offboard --input leavers.csv --dry-run
  SAILPOINT_TOKEN=… offboard --input leavers.csv --report out.json \\
      --sailpoint-url https://acme.api.identitynow.com/v2025
  CSP_TOKEN=… offboard --input leavers.csv --report out.json \\
      --csp-url https://console.cloud.vmware.com --csp-org 4f1c…";

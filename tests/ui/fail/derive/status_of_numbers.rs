use bulk_endpoint::Status;
use serde::Deserialize;

#[derive(Deserialize, Status)]
enum ByName {
    #[bulk(succeeded)]
    #[serde(rename = "0")]
    Done,
    #[bulk(failed)]
    #[serde(rename = "-1")]
    Failed,
}

#[derive(Deserialize, Status)]
#[repr(i8)]
enum ReadTwice {
    #[bulk(succeeded)]
    Done = 0,
    #[bulk(failed)]
    Failed = -1,
}

fn main() {}

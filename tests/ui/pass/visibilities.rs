//! A client is as visible as its trait, its constants and its constructor too.
#![deny(warnings, private_interfaces, private_bounds, unreachable_pub)]

use bulk_endpoint::Client;

mod outer {
    pub(crate) mod inner {
        use bulk_endpoint::{Bulk, bulk_api};

        #[bulk_api]
        pub(crate) trait Shared {
            #[post("/shared")]
            #[bulk_endpoint(max = 15, partial = false)]
            fn send_all(&self) -> Bulk<String>;
        }

        #[bulk_api]
        pub(in crate::outer) trait Outer {
            #[post("/outer")]
            #[bulk_endpoint(max = 15, partial = false)]
            fn send_all(&self) -> Bulk<String>;
        }

        #[bulk_api]
        pub(super) trait Above {
            #[post("/above")]
            #[bulk_endpoint(max = 15, partial = false)]
            fn send_all(&self) -> Bulk<String>;
        }

        /// Private, of private types.
        #[derive(serde::Serialize, bulk_endpoint::BulkItem)]
        struct Secret {
            #[bulk(key)]
            id: u8,
        }

        #[bulk_api]
        trait Private {
            #[post("/private")]
            #[bulk_endpoint(max = 15, partial = false, items = "secrets")]
            fn send_all(&self) -> Bulk<Secret>;
        }

        pub(crate) fn private(client: bulk_endpoint::Client) {
            let _ = PrivateClient::new(client).send_all().send([Secret { id: 1 }]);
        }
    }

    pub(crate) fn both(client: bulk_endpoint::Client) {
        use inner::{Above, Outer};
        let _ = inner::OuterClient::new(client.clone()).send_all();
        let _ = inner::AboveClient::new(client).send_all();
        let _ = (inner::OuterClient::SEND_ALL, inner::AboveClient::ENDPOINTS);
    }
}

fn main() {
    use outer::inner::Shared;
    let client = Client::builder("https://example.com").build().unwrap();
    let _ = outer::inner::SharedClient::new(client.clone()).send_all();
    let _ = outer::inner::SharedClient::SEND_ALL;
    outer::both(client.clone());
    outer::inner::private(client);
}

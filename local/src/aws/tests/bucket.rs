use std::fs;
use std::time::SystemTime;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::*;

/// The MD5 of "hello".
const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

async fn put(client: &aws_sdk_s3::Client, key: &str, body: &'static [u8]) -> String {
    let call = client
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .body(ByteStream::from_static(body));
    call.send().await.unwrap().e_tag().unwrap().to_owned()
}

async fn get(client: &aws_sdk_s3::Client, key: &str) -> (Vec<u8>, String) {
    let object = client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    let tag = object.e_tag().unwrap().to_owned();
    (object.body.collect().await.unwrap().to_vec(), tag)
}

async fn listed(client: &aws_sdk_s3::Client, prefix: &str) -> Vec<(String, i64, String)> {
    let list = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix(prefix)
        .send()
        .await
        .unwrap();
    let object = |object: &aws_sdk_s3::types::Object| {
        assert!(object.last_modified().is_some());
        (
            object.key().unwrap().to_owned(),
            object.size().unwrap(),
            object.e_tag().unwrap().to_owned(),
        )
    };
    list.contents().iter().map(object).collect()
}

fn status<E>(error: &SdkError<E>) -> u16 {
    error.raw_response().unwrap().status().as_u16()
}

#[tokio::test]
async fn an_object_is_put_read_listed_and_deleted() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    assert_eq!(put(&client, "inbox/a file+1.csv", b"hello").await, HELLO);
    assert_eq!(
        get(&client, "inbox/a file+1.csv").await,
        (b"hello".to_vec(), HELLO.to_owned())
    );
    let head = client
        .head_object()
        .bucket(BUCKET)
        .key("inbox/a file+1.csv")
        .send()
        .await
        .unwrap();
    assert_eq!((head.content_length(), head.e_tag()), (Some(5), Some(HELLO)));
    assert_eq!(
        listed(&client, "inbox/").await,
        [("inbox/a file+1.csv".to_owned(), 5, HELLO.to_owned())]
    );
    assert_eq!(listed(&client, "other/").await, []);

    client
        .delete_object()
        .bucket(BUCKET)
        .key("inbox/a file+1.csv")
        .send()
        .await
        .unwrap();
    let gone = client
        .get_object()
        .bucket(BUCKET)
        .key("inbox/a file+1.csv")
        .send()
        .await
        .unwrap_err();
    assert!(gone.into_service_error().is_no_such_key());
    let gone = client
        .head_object()
        .bucket(BUCKET)
        .key("inbox/a file+1.csv")
        .send()
        .await
        .unwrap_err();
    assert!(gone.into_service_error().is_not_found());
}

#[tokio::test]
async fn ranges_are_served_and_checked() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    put(&client, "digits", b"0123456789").await;
    let cases = [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
    ];
    for (range, wanted, content_range) in cases {
        let part = client
            .get_object()
            .bucket(BUCKET)
            .key("digits")
            .range(range)
            .send()
            .await
            .unwrap();
        assert_eq!(part.content_range(), Some(content_range));
        assert_eq!(part.content_length(), i64::try_from(wanted.len()).ok());
        assert_eq!(part.body.collect().await.unwrap().to_vec(), wanted.as_bytes());
    }
    let beyond = client
        .get_object()
        .bucket(BUCKET)
        .key("digits")
        .range("bytes=10-")
        .send()
        .await
        .unwrap_err();
    assert_eq!((status(&beyond), beyond.code()), (416, Some("InvalidRange")));
    put(&client, "empty", b"").await;
    assert_eq!(get(&client, "empty").await.0, b"");
}

#[tokio::test]
async fn a_replaced_object_is_noticed() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let first = put(&client, "feed.csv", b"first").await;
    let conditional = |tag: &str| {
        client
            .get_object()
            .bucket(BUCKET)
            .key("feed.csv")
            .if_match(tag)
            .range("bytes=1-")
            .send()
    };
    assert_eq!(
        conditional(&first)
            .await
            .unwrap()
            .body
            .collect()
            .await
            .unwrap()
            .to_vec(),
        b"irst"
    );
    let second = put(&client, "feed.csv", b"other").await;
    let replaced = conditional(&first).await.unwrap_err();
    assert_eq!((status(&replaced), replaced.code()), (412, Some("PreconditionFailed")));
    conditional(&second).await.unwrap();

    // By hand, with the same length, over an object that came through S3.
    fs::write(hub.cloud.bucket_folder(BUCKET).join("feed.csv"), "third").unwrap();
    assert_eq!(status(&conditional(&second).await.unwrap_err()), 412);
    let third = get(&client, "feed.csv").await.1;
    conditional(&third).await.unwrap();
    assert_eq!(listed(&client, "feed").await[0].2, third);

    let unchanged = client
        .get_object()
        .bucket(BUCKET)
        .key("feed.csv")
        .if_none_match(&third)
        .send()
        .await
        .unwrap_err();
    assert_eq!(status(&unchanged), 304);
}

#[tokio::test]
async fn a_file_dropped_into_the_folder_is_an_object() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let inbox = hub.cloud.bucket_folder(BUCKET).join("inbox");
    fs::create_dir(&inbox).unwrap();
    fs::write(inbox.join("dropped.csv"), "hello").unwrap();
    assert_eq!(
        listed(&client, "inbox/").await,
        [("inbox/dropped.csv".to_owned(), 5, HELLO.to_owned())]
    );
    assert_eq!(
        get(&client, "inbox/dropped.csv").await,
        (b"hello".to_vec(), HELLO.to_owned())
    );
}

#[tokio::test]
async fn a_settled_file_is_hashed_once() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let path = hub.cloud.bucket_folder(BUCKET).join("settled.csv");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let write = |content: &str| {
        fs::write(&path, content).unwrap();
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    };
    write("hello");
    assert_eq!(get(&client, "settled.csv").await.1, HELLO);
    // Nobody can tell this apart without reading the file, which is what shows that it was not read again.
    write("HELLO");
    assert_eq!(get(&client, "settled.csv").await.1, HELLO);
    let hub = hub.restart().await;
    assert_eq!(get(&hub.s3(), "settled.csv").await.1, HELLO, "the book is kept");
}

#[tokio::test]
async fn lists_are_paged_and_grouped() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    for key in ["in/1", "in/2", "in/3", "in/old/1"] {
        put(&client, key, b"hello").await;
    }
    let page = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("in/")
        .delimiter("/")
        .max_keys(3)
        .send()
        .await
        .unwrap();
    assert_eq!(
        page.contents()
            .iter()
            .map(|object| object.key().unwrap())
            .collect::<Vec<_>>(),
        ["in/1", "in/2", "in/3"]
    );
    assert!(page.contents().iter().all(|object| object.e_tag() == Some(HELLO)));
    let token = page.next_continuation_token().unwrap();
    let rest = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("in/")
        .delimiter("/")
        .continuation_token(token);
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.common_prefixes()[0].prefix(), Some("in/old/"));
    assert_eq!(rest.is_truncated(), Some(false));
}

#[tokio::test]
async fn a_copy_is_made_of_the_version_that_was_meant() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let tag = put(&client, "in/feed.csv", b"hello").await;
    let copy = |tag: &str| {
        let call = client.copy_object().bucket(BUCKET).key("archive/feed.csv");
        call.copy_source(format!("{BUCKET}/in/feed.csv"))
            .copy_source_if_match(tag)
            .send()
    };
    let copied = copy(&tag).await.unwrap();
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), Some(HELLO));
    fs::write(hub.cloud.bucket_folder(BUCKET).join("in/feed.csv"), "other").unwrap();
    assert_eq!(status(&copy(&tag).await.unwrap_err()), 412);
    assert_eq!(get(&client, "archive/feed.csv").await.0, b"hello");
}

#[tokio::test]
async fn an_object_of_several_parts_has_one_etag_everywhere() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let upload = client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("spooled")
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap();
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 * 1024 * 1024), (2, 10)] {
        let call = client
            .upload_part()
            .bucket(BUCKET)
            .key("spooled")
            .upload_id(id)
            .part_number(number);
        let tag = call
            .body(vec![b'x'; size].into())
            .send()
            .await
            .unwrap()
            .e_tag()
            .unwrap()
            .to_owned();
        parts.push(CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("spooled")
        .upload_id(id);
    let whole = complete.multipart_upload(parts).send().await.unwrap();
    let (body, tag) = get(&client, "spooled").await;
    assert_eq!(body.len(), 5 * 1024 * 1024 + 10);
    assert_eq!(whole.e_tag(), Some(tag.as_str()));
    assert_eq!(listed(&client, "spooled").await[0].2, tag);
}

#[tokio::test]
async fn a_put_can_insist_that_nothing_is_there() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    let put = || {
        let call = client.put_object().bucket(BUCKET).key("report.json").if_none_match("*");
        call.body(ByteStream::from_static(b"{}")).send()
    };
    put().await.unwrap();
    assert_eq!(status(&put().await.unwrap_err()), 412);
}

#[tokio::test]
async fn nothing_outside_the_bucket_is_reached() {
    let hub = Fixture::start().await;
    fs::write(hub.folder.path().join("secret"), "x").unwrap();
    for key in ["../../secret", "../../../etc/passwd", "/etc/passwd"] {
        let call = hub.s3().get_object().bucket(BUCKET).key(key).send().await;
        assert!(call.is_err(), "{key}");
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hub = Fixture::start().await;
    put(&hub.s3(), "private", b"hello").await;
    let address = hub.cloud.endpoints().bucket.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /{BUCKET}/private HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(
        answer[..read].starts_with(b"HTTP/1.1 403"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test]
async fn a_queue_is_told_of_objects_that_are_put() {
    let hub = Fixture::start().await;
    let client = hub.s3();
    put(&client, "out/a.csv", b"hello").await;
    put(&client, "in/a file+1.csv", b"hello").await;
    let copy = client.copy_object().bucket(BUCKET).key("in/copy");
    copy.copy_source(format!("{BUCKET}/out/a.csv")).send().await.unwrap();
    let upload = client.create_multipart_upload().bucket(BUCKET).key("in/parts").send();
    let upload = upload.await.unwrap().upload_id().unwrap().to_owned();
    let part = client.upload_part().bucket(BUCKET).key("in/parts").upload_id(&upload);
    let part = part.part_number(1).body(ByteStream::from_static(b"hello")).send();
    let tag = part.await.unwrap().e_tag().unwrap().to_owned();
    let part = CompletedPart::builder().part_number(1).e_tag(tag).build();
    let whole = client.complete_multipart_upload().bucket(BUCKET).key("in/parts");
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    whole.upload_id(upload).multipart_upload(parts).send().await.unwrap();
    let dropped = hub.cloud.bucket_folder(BUCKET).join("in/by-hand");
    fs::write(dropped, "hello").unwrap();
    let received = hub.cloud.queues().receive(QUEUE, 10).await.unwrap();
    let told: Vec<(String, String)> = received
        .iter()
        .map(|message| {
            let event: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            let record = &event["Records"][0];
            assert_eq!(record["s3"]["bucket"]["name"], BUCKET);
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&record["eventName"]), text(&record["s3"]["object"]["key"]))
        })
        .collect();
    let expect = [
        ("ObjectCreated:Put", "in/a+file%2B1.csv"),
        ("ObjectCreated:Copy", "in/copy"),
        ("ObjectCreated:CompleteMultipartUpload", "in/parts"),
    ];
    assert_eq!(told, expect.map(|(how, key)| (how.to_owned(), key.to_owned())));
}

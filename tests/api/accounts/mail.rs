//! Mail: what arrives at a server, what is tried again, and what cannot be smuggled in.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use masthead::config::{MailSettings, Settings};
use masthead::mail::{MailError, Mailer, texts};

use crate::support::services::smtp::SmtpServer;
use crate::support::{Kind, TestApp, block_on};

fn settings(url: &str) -> MailSettings {
    let mut settings = Settings::defaults().unwrap().mail;
    settings.from = "Die Große Zeitung <desk@example.org>".to_owned();
    settings.set_smtp_url(url);
    settings
}

#[test]
fn a_mail_arrives_as_it_was_written() {
    block_on(async {
        let server = SmtpServer::start();
        let mailer = Mailer::start(&settings(&server.url())).unwrap();
        assert!(mailer.is_configured());
        let link = format!(
            "https://desk.example.org/invitation#token={}",
            "t".repeat(120)
        );
        let words = texts::invitation(
            "Größte Zeitung",
            "Zoë\r\nBcc: x@example.org",
            &link,
            Duration::from_secs(3_600),
        );
        mailer
            .send("jane.doe@example.org", &words.subject, &words.text)
            .await
            .unwrap();
        let mail = server.next_mail().await;
        assert_eq!(mail.from, "desk@example.org");
        assert_eq!(mail.to, ["jane.doe@example.org"]);
        assert_eq!(mail.subject, "Your account at Größte Zeitung");
        assert_eq!(mail.body.trim_end(), words.text.trim_end());
        assert!(mail.body.contains(&format!("\n{link}\n")), "{}", mail.body);
        assert_eq!(mail.headers("To"), ["jane.doe@example.org"]);
        assert_eq!(mail.headers("Auto-Submitted"), ["auto-generated"]);
        assert_eq!(mail.headers("Content-Type"), ["text/plain; charset=utf-8"]);
        assert_eq!(mail.headers("Bcc"), [""; 0]);
        assert!(mail.headers("Message-ID")[0].ends_with("@example.org>"));
        assert!(mail.headers("From")[0].contains("<desk@example.org>"));
        // Lines of dots are text, not the end.
        mailer
            .send("jane@example.org", "Dots", ".\n..\nQUIT\n")
            .await
            .unwrap();
        assert_eq!(server.next_mail().await.body.trim_end(), ".\n..\nQUIT");
    });
}

#[test]
fn without_a_server_nothing_is_sent() {
    block_on(async {
        for mailer in [Mailer::disabled(), Mailer::start(&settings("")).unwrap()] {
            assert!(!mailer.is_configured());
            let sent = mailer.send("jane@example.org", "Hello", "text").await;
            assert!(matches!(sent, Err(MailError::NotConfigured(_))), "{sent:?}");
            mailer.send_later("jane@example.org", "Hello", "text");
            mailer.close().await;
        }
    });
}

#[test]
fn a_server_that_is_not_there_or_speaks_no_tls_is_an_error() {
    block_on(async {
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let server = SmtpServer::start();
        let plain = server.url();
        for url in [
            format!("smtp://me:hunter2@{free}"),
            format!(
                "{}?tls=required",
                plain.replace("smtp://", "smtp://me:hunter2@")
            ),
            plain.replace("smtp://", "smtps://me:hunter2@"),
            // It asks for no password, so it takes none.
            plain.replace("smtp://", "smtp://me:hunter2@"),
        ] {
            let mailer = Mailer::start(&settings(&url)).unwrap();
            let sent = mailer
                .send("jane@example.org", "Hello", "a secret link")
                .await;
            let error = sent.unwrap_err().to_string();
            assert!(
                !error.contains("hunter2") && !error.contains("secret"),
                "{error}"
            );
        }
        server.expect_none().await;
    });
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    block_on(async {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", silent.local_addr().unwrap());
        let mailer = Mailer::start(&settings(&url)).unwrap();
        let start = Instant::now();
        let sent = mailer.send("jane@example.org", "Hello", "text").await;
        assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
        assert!(start.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn nothing_is_smuggled_in() {
    block_on(async {
        let server = SmtpServer::start();
        let mailer = Mailer::start(&settings(&server.url())).unwrap();
        for (to, subject) in [
            ("jane@example.org\r\nRCPT TO:<evil@example.org>", "Hello"),
            ("jane@example.org\r\nBcc: evil@example.org", "Hello"),
            ("jane@example.org>\nRCPT TO:<evil@example.org", "Hello"),
            ("jane@example.org,evil@example.org", "Hello"),
            ("jane@example.org", "Hello\r\nBcc: evil@example.org"),
            ("jane@example.org", "Hello\n\nAnother text"),
            ("jane@example.org", "Hello\0"),
        ] {
            let sent = mailer.send(to, subject, "text").await;
            assert!(
                matches!(sent, Err(MailError::Unusable(_))),
                "{to:?} {subject:?}: {sent:?}"
            );
            mailer.send_later(to, subject, "text");
        }
        server.expect_none().await;
        let text =
            "a\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.org>\r\n.\n\n\rBcc: x";
        mailer
            .send("jane@example.org", "Bcc: evil@example.org", text)
            .await
            .unwrap();
        let mail = server.next_mail().await;
        assert_eq!(mail.to, ["jane@example.org"]);
        assert_eq!(mail.headers("Bcc"), [""; 0]);
        assert_eq!(mail.subject, "Bcc: evil@example.org");
        assert!(
            mail.body.contains("\n.\nMAIL FROM:<evil@example.org>\n"),
            "{}",
            mail.body
        );
        server.expect_none().await;
    });
}

#[test]
fn what_is_sent_later_is_tried_again_and_not_lost_at_the_end() {
    block_on(async {
        let server = SmtpServer::start();
        let mailer = Mailer::start(&settings(&server.url())).unwrap();
        server.refuse_next(1);
        let start = Instant::now();
        mailer.send_later("jane@example.org", "Once more", "text");
        assert!(
            start.elapsed() < Duration::from_millis(200),
            "it does not wait"
        );
        assert_eq!(server.next_mail().await.subject, "Once more");
        for number in 0..10 {
            mailer.send_later("jane@example.org", &format!("{number}"), "text");
        }
        mailer.close().await;
        let mut subjects = Vec::new();
        for _ in 0..10 {
            subjects.push(server.next_mail().await.subject);
        }
        subjects.sort();
        assert_eq!(subjects.concat(), "0123456789");
        // After the end there is none.
        mailer.send_later("jane@example.org", "Too late", "text");
        mailer.close().await;
        server.expect_none().await;
    });
}

#[test]
fn a_server_of_ours_sends_by_its_settings() {
    block_on(async {
        let server = SmtpServer::start();
        let url = server.url();
        let app = TestApp::start_with(Kind::Sqlite, |change| change.mail = settings(&url)).await;
        app.mail().send_later("jane@example.org", "Hello", "text");
        assert_eq!(server.next_mail().await.subject, "Hello");
    });
}

//! Hashing and comparing, with parameters as cheap as they get.

use super::*;

/// As cheap as it gets.
const CHEAP: PasswordSettings = PasswordSettings {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

fn hasher() -> Hasher {
    Hasher::new(&CHEAP).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn attempt(text: &str) -> Attempt {
    Attempt::parse(text).unwrap()
}

#[tokio::test]
async fn the_right_one_matches_and_no_other() {
    let hasher = hasher();
    let stored = hasher.hash(&password("nine quiet ferries")).await.unwrap();
    assert!(
        stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
        "{stored}"
    );
    let verify = async |text| hasher.verify(&attempt(text), Some(&stored)).await.unwrap();
    assert_eq!(
        verify("nine quiet ferries").await,
        Verdict::Matches { rehash: false }
    );
    for wrong in [
        "nine quiet ferrie",
        "nine quiet ferries ",
        "Nine quiet ferries",
        "",
    ] {
        assert_eq!(verify(wrong).await, Verdict::Differs, "{wrong}");
    }
    let again = hasher.hash(&password("nine quiet ferries")).await.unwrap();
    assert_ne!(stored, again, "each has a salt of its own");
}

#[tokio::test]
async fn the_same_password_matches_from_another_keyboard() {
    let hasher = hasher();
    let stored = hasher.hash(&password("café des écluses")).await.unwrap();
    let verdict = hasher
        .verify(&attempt("cafe\u{301} des e\u{301}cluses"), Some(&stored))
        .await;
    assert_eq!(verdict.unwrap(), Verdict::Matches { rehash: false });
}

#[tokio::test]
async fn the_end_of_a_long_password_counts() {
    let hasher = hasher();
    let long: String = "vexing quartz jukebox harbour "
        .chars()
        .cycle()
        .take(99)
        .collect();
    let stored = hasher.hash(&password(&format!("{long}a"))).await.unwrap();
    let (same, other) = (attempt(&format!("{long}a")), attempt(&format!("{long}b")));
    assert_ne!(
        hasher.verify(&same, Some(&stored)).await.unwrap(),
        Verdict::Differs
    );
    assert_eq!(
        hasher.verify(&other, Some(&stored)).await.unwrap(),
        Verdict::Differs
    );
}

#[tokio::test]
async fn where_there_is_no_hash_the_work_is_done_all_the_same() {
    let hasher = hasher();
    let tried = attempt("nine quiet ferries");
    assert_eq!(hasher.computed(), 0);
    assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
    assert_eq!(hasher.computed(), 1);
    for (index, damaged) in [
        "",
        "nine quiet ferries",
        "$2y$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=8,t=1,p=1",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0",
        "$argon2id$v=19$m=4000000000,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=8,t=4000000000,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
    ]
    .into_iter()
    .enumerate()
    {
        let verdict = hasher.verify(&tried, Some(damaged)).await.unwrap();
        assert_eq!(verdict, Verdict::Differs, "{damaged}");
        assert_eq!(hasher.computed(), 2 + index as u64, "{damaged}");
    }
    let stored = hasher.hash(&password("nine quiet ferries")).await.unwrap();
    let before = hasher.computed();
    hasher.verify(&attempt("x"), Some(&stored)).await.unwrap();
    assert_eq!(
        hasher.computed(),
        before + 1,
        "as much as for one that is not there"
    );
}

#[tokio::test]
async fn other_parameters_ask_for_a_new_hash() {
    let tried = attempt("nine quiet ferries");
    let old = hasher()
        .hash(&password("nine quiet ferries"))
        .await
        .unwrap();
    for settings in [
        PasswordSettings {
            memory_kib: 16,
            ..CHEAP
        },
        PasswordSettings {
            iterations: 2,
            ..CHEAP
        },
        PasswordSettings {
            memory_kib: 32,
            parallelism: 2,
            ..CHEAP
        },
    ] {
        let hasher = Hasher::new(&settings).unwrap();
        let verdict = hasher.verify(&tried, Some(&old)).await.unwrap();
        assert_eq!(verdict, Verdict::Matches { rehash: true });
        assert_eq!(
            hasher.verify(&attempt("x"), Some(&old)).await.unwrap(),
            Verdict::Differs
        );
        let new = hasher.hash(&password("nine quiet ferries")).await.unwrap();
        let verdict = hasher.verify(&tried, Some(&new)).await.unwrap();
        assert_eq!(verdict, Verdict::Matches { rehash: false });
    }
}

#[tokio::test]
async fn who_comes_when_too_many_wait_is_refused() {
    let hasher = Hasher::with_bounds(&CHEAP, 1, 1).unwrap();
    let tried = attempt("nine quiet ferries");
    let busy = [hasher.places.try_acquire().unwrap()];
    let turn = hasher.running.try_acquire().unwrap();
    let waiting = tokio::spawn({
        let (hasher, tried) = (hasher.clone(), tried.clone());
        async move { hasher.verify(&tried, None).await }
    });
    tokio::task::yield_now().await;
    let refused = hasher.verify(&tried, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(hasher.computed(), 0, "refused before any work");
    drop((busy, turn));
    assert_eq!(waiting.await.unwrap().unwrap(), Verdict::Differs);
    assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
}

#[tokio::test]
async fn a_caller_that_hangs_up_leaves_no_place_taken() {
    let hasher = Hasher::with_bounds(&CHEAP, 1, 1).unwrap();
    let tried = attempt("nine quiet ferries");
    let turn = hasher.running.try_acquire().unwrap();
    for _ in 0..5 {
        let waiting = tokio::spawn({
            let (hasher, tried) = (hasher.clone(), tried.clone());
            async move { hasher.verify(&tried, None).await }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.is_err());
    }
    drop(turn);
    assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
}

#[test]
fn settings_that_argon2_refuses_are_an_error() {
    for settings in [
        PasswordSettings {
            memory_kib: 7,
            ..CHEAP
        },
        PasswordSettings {
            iterations: 0,
            ..CHEAP
        },
        PasswordSettings {
            parallelism: 0,
            ..CHEAP
        },
    ] {
        assert!(Hasher::new(&settings).is_err(), "{settings:?}");
    }
}

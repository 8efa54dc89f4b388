FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches outlive a build, the binary must not stay in one.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin masthead \
    && install -D target/dist/masthead /out/masthead

# Nothing is added to the system: SQLite, TLS and its root certificates are in the binary.
FROM debian:bookworm-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin masthead \
    && install -d -o masthead -g masthead -m 0750 /data
COPY --from=build /out/masthead /usr/local/bin/masthead

ENV MASTHEAD__SERVER__LISTEN=0.0.0.0:8080 \
    MASTHEAD__DATA__DIR=/data
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["masthead", "health"]
ENTRYPOINT ["masthead"]
CMD ["serve"]

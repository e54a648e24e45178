# The server alone: a static binary in an image without a shell. docs/container.md says how to run it.
ARG RUST=1.95.0

FROM rust:${RUST}-alpine AS build
# For librdkafka and OpenSSL, which are built from their sources.
RUN apk add --no-cache bash build-base linux-headers perl
WORKDIR /source
COPY . .
# Shown by --version: --build-arg REVISION=$(git rev-parse --short=12 HEAD)
ARG REVISION=unknown
ENV MCP_CONFLUENT_REVISION=${REVISION}
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked -p mcp-confluent \
    && cp target/release/mcp-confluent /mcp-confluent

# Certificates of the public authorities, and an unprivileged user; nothing else.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /mcp-confluent /usr/local/bin/mcp-confluent
# For a config.yaml; the health check finds it here too.
WORKDIR /etc/mcp-confluent
ENV HTTP_HOST=0.0.0.0
ENV HTTP_PORT=8080
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=5s CMD ["mcp-confluent", "health"]
ENTRYPOINT ["mcp-confluent"]
CMD ["--transport", "http"]

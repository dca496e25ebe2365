# syntax=docker/dockerfile:1
# Built from source with the compiler of rust-toolchain.toml, run on the same release of Debian without it. The building
# is scripts/image/build.sh, which the tests run as well; the pages are built before, by Node, which the image does not have.

FROM node:22-trixie-slim AS pages
WORKDIR /source
COPY schema.graphql vocabulary.json ./
COPY seed/queries seed/queries
COPY web web
RUN --mount=type=cache,target=/root/.npm npm ci --prefix web && npm run build --prefix web

FROM rust:1.95.0-slim-trixie AS build
# The image has the compiler alone; by rust-toolchain.toml rustup would fetch the formatter and the linter too.
ENV RUSTUP_TOOLCHAIN=1.95.0
# The allocator is built with it.
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
COPY --from=pages /source/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    scripts/image/build.sh /out

FROM debian:trixie-slim
# For `neo4j+s://`, which verifies the server's certificate.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/usr/ /usr/
COPY --from=build --chown=10001:10001 /out/var/lib/hukun/ /var/lib/hukun/
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/hukun
# On every address of the container; what is published, and where, is said from outside.
ENV HUKUN_LISTEN=0.0.0.0:8080 \
    HUKUN_DATA_DIR=/var/lib/hukun
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["hukun-health"]
ENTRYPOINT ["hukun"]
CMD ["serve"]

# mlpd in a container: built in one stage, run from a second one that holds the
# binary and the libraries that it needs. It runs as a number, so that
# Kubernetes can tell it is not root, and writes to /var/lib/mlpd alone:
#
#   docker run --rm -v mlpd:/var/lib/mlpd mlpd key create --scope admin
#   docker run --read-only --cap-drop all -v mlpd:/var/lib/mlpd \
#              -p 127.0.0.1:8080:8080 mlpd
#
# It listens to other machines, so it does not start without the keys of the
# first line, or -e MLPD_ALLOW_ANONYMOUS=1.
FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends gcc libc6-dev make pkg-config \
        libmicrohttpd-dev libjansson-dev libuv1-dev libsqlite3-dev nettle-dev \
        zlib1g-dev libprotobuf-c-dev protobuf-c-compiler && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile ./
COPY include include
COPY core core
COPY server server
RUN make -j2 build/mlpd && strip build/mlpd && mkdir /empty

FROM debian:trixie-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends libmicrohttpd12t64 libjansson4 \
        libuv1t64 libsqlite3-0 libnettle8t64 zlib1g \
        libprotobuf-c1 && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/mlpd /usr/bin/mlpd
COPY --from=build --chown=65532:65532 /empty /var/lib/mlpd
USER 65532:65532
VOLUME /var/lib/mlpd
ENV MLPD_DATA=/var/lib/mlpd
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["/usr/bin/mlpd", "healthcheck", "--listen", "127.0.0.1:8080"]
ENTRYPOINT ["/usr/bin/mlpd"]
CMD ["serve", "--listen", "0.0.0.0:8080"]

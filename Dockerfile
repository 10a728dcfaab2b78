# mlpd in a container: built in one stage; the image is what the binary needs to
# run and nothing else, so there is no shell in it, nor a package manager. It
# runs as a number, so that Kubernetes can tell it is not root, and writes to
# /var/lib/mlpd alone:
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
RUN make -j2 build/mlpd && strip build/mlpd
COPY LICENSE ./
# The libraries under the names by which the loader looks for them, the loader
# among them, and the licences of the packages that they are from, with the
# texts that those refer to.
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN install -D -t /image/usr/bin build/mlpd && \
    install -d -m 1777 /image/tmp && mkdir /empty && \
    install -D -m 644 LICENSE /image/usr/share/doc/mlpd/copyright && \
    libraries=$(ldd build/mlpd | grep -o '/[^ ]*') && \
    cp -L --parents -t /image $libraries && \
    packages=$(realpath $libraries | xargs dpkg-query -S | cut -d : -f 1 | sort -u) && \
    for package in $packages; do \
        cp -L --parents -t /image /usr/share/doc/$package/copyright; \
    done && \
    { grep -rhoE '/usr/share/common-licenses/[A-Za-z]+(-[0-9]+(\.[0-9]+)*)?' \
        /image/usr/share/doc | sort -u | \
        xargs cp -L --parents -t /image; }

FROM scratch
COPY --from=build /image /
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

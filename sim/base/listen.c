#include "sim/base/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int listen_local(unsigned *port, int flags, const char *option, struct moat_error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)*port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) < 0) {
        int rc =
            moat_fail(err, MOAT_EDISPLAY, "cannot listen on port %u: %s", *port, strerror(errno));
        moat_hint(err, "%s takes any port that is free", option);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    *port = ntohs(at.sin_port);
    return fd;
}

/*
 * Calls whose answer is easily shown wrong: it is not where the caller offered
 * room for it, of another kind than a neighbour's, or there was none.
 * test_answers.py names the scene.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fiemap.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/kd.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tiocl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>

#include "scenes.h"

/* The addresses of a card are those of its hardware: their family is another numbering. */
static void hardware(void)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	struct arpreq arp = {.arp_pa.sa_family = AF_INET, .arp_ha.sa_family = ARPHRD_ETHER, .arp_dev = "nosuch"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	memset(&ifr.ifr_hwaddr, 0x55, sizeof(ifr.ifr_hwaddr));
	ioctl(fd, SIOCGIFHWADDR, &ifr);
	strcpy(ifr.ifr_name, "nosuch");
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, "\2\3\4\5\6\7", 6);
	ioctl(fd, SIOCSIFHWADDR, &ifr);
	ifr.ifr_hwaddr.sa_family = ARPHRD_INFINIBAND;
	ioctl(fd, SIOCSIFHWADDR, &ifr);
	ifr.ifr_hwaddr.sa_family = AF_UNSPEC;
	ioctl(fd, SIOCADDMULTI, &ifr);
	memcpy(arp.arp_ha.sa_data, "\2\3\4\5\6\7", 6);
	ioctl(fd, SIOCSARP, &arp);
}

static void interfaces(void)
{
	struct ifreq room[64];
	struct ifconf conf = {.ifc_len = sizeof(room), .ifc_req = room};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(fd, SIOCGIFCONF, &conf);
	conf.ifc_req = NULL;
	ioctl(fd, SIOCGIFCONF, &conf);
}

/* Asked for no extents, it counts them and writes none. */
static void extents(void)
{
	union {
		struct fiemap map;
		char room[4096];
	} u;
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	write(fd, "x", 1);
	memset(&u, 0x5a, sizeof(u));
	u.map = (struct fiemap){.fm_length = 4096, .fm_flags = FIEMAP_FLAG_SYNC};
	mark_begin();
	ioctl(fd, FS_IOC_FIEMAP, &u);
}

static void features(void)
{
	unsigned bits;

	ioctl(open("/dev/net/tun", O_RDWR), TUNGETFEATURES, &bits);
}

/* What does not fit is not written at all, or is cut. */
static void keys(void)
{
	char room[64];
	long key = syscall(SYS_add_key, "user", "desc", "payload", 7, KEY_SPEC_PROCESS_KEYRING);

	memset(room, 'Z', sizeof(room));
	mark_begin();
	syscall(SYS_keyctl, KEYCTL_READ, key, room, 3);
	syscall(SYS_keyctl, KEYCTL_READ, key, room, 7);
	syscall(SYS_keyctl, KEYCTL_READ, key, NULL, 0);
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, room, 4);
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, room, sizeof(room));
	syscall(SYS_keyctl, KEYCTL_GET_SECURITY, key, room, sizeof(room));
}

/* Of three messages the last cannot be read. */
static void some_messages(void)
{
	struct iovec iov[3] = {{"abc", 3}, {"defgh", 5}, {(void *)8, 3}};
	struct mmsghdr m[3];
	int fds[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++)
		m[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov[i], .msg_iovlen = 1}, .msg_len = 77};
	syscall(SYS_sendmmsg, fds[0], m, 3, 0);
}

/* The sender's name is longer than the room for it. */
static void long_names(void)
{
	struct sockaddr_un from = {AF_UNIX, "\0a long name"}, to = {AF_UNIX, "\0b"};
	char room[64], buf[8];
	struct iovec iov = {buf, sizeof(buf)};
	struct msghdr m = {.msg_name = room, .msg_namelen = 8, .msg_iov = &iov, .msg_iovlen = 1};
	int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);

	bind(a, (struct sockaddr *)&from, 2 + 12);
	bind(b, (struct sockaddr *)&to, 2 + 2);
	memset(room, 'Q', sizeof(room));
	sendto(a, "hi", 2, 0, (struct sockaddr *)&to, 2 + 2);
	syscall(SYS_recvmsg, b, &m, 0);
}

static void keyboard(void)
{
	struct kbsentry entry = {.kb_func = 3, .kb_string = "abc"};
	char shift = TIOCL_GETSHIFTSTATE;

	ioctl(-1, KDSKBSENT, &entry);
	ioctl(-1, TIOCLINUX, &shift);
}

/* The third argument is whatever was in the register. */
static void no_argument(void)
{
	ioctl(-1, BLKFLSBUF, 0x1234567);
	ioctl(-1, BLKRRPART, 0x1234567);
}

/* An error repeats the request that it is about, and only of some are there attributes. */
static void netlink_error(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} request = {{sizeof(request), RTM_DELLINK, NLM_F_REQUEST, 1, 0}, {.ifi_family = AF_PACKET, .ifi_index = -9}};
	int one = 1, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char room[512];

	bind(fd, (struct sockaddr *)&(struct sockaddr_nl){.nl_family = AF_NETLINK}, sizeof(struct sockaddr_nl));
	send(fd, &request, sizeof(request), 0);
	recv(fd, room, sizeof(room), 0);
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	send(fd, &request, sizeof(request), 0);
	recv(fd, room, sizeof(room), 0);
}

/* Which kind of netlink socket it is, before it has a name. */
static void netlink_unbound(void)
{
	struct nlmsghdr h = {.nlmsg_len = sizeof(h), .nlmsg_type = NLMSG_NOOP, .nlmsg_flags = NLM_F_REQUEST};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	send(fd, &h, sizeof(h), 0);
}

static struct {
	pid_t thread;
	int fd, sender;
	struct sockaddr_nl to;
} blocked;

static bool read_task(pid_t thread, const char *file, char *text, int size)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/task/%d/%s", (int)thread, file);
	FILE *f = fopen(name, "re");
	bool ok = f && fgets(text, size, f);
	if (f)
		fclose(f);
	return ok;
}

/* Does the thread sleep in that call?  It has that number when it is traced into it, too, before the call looks at anything. */
static bool sleeps_in(pid_t thread, long nr)
{
	char call[64], stat[512];

	if (!read_task(thread, "syscall", call, sizeof(call)) || call[0] == 'r' || atol(call) != nr)
		return false;
	return read_task(thread, "stat", stat, sizeof(stat)) && strstr(stat, ") S ");
}

/* Nobody traces this thread. */
static void *replace_and_send(void *arg)
{
	struct nlmsghdr h = {.nlmsg_len = sizeof(h), .nlmsg_type = NLMSG_NOOP};

	while (!sleeps_in(blocked.thread, SYS_recvfrom))
		sched_yield();
	dup2(open("/dev/null", O_RDWR), blocked.fd);
	sendto(blocked.sender, &h, sizeof(h), 0, (struct sockaddr *)&blocked.to, sizeof(blocked.to));
	return arg;
}

/* What a call returns is of the socket that it was made on, though its descriptor is another file meanwhile. */
static void netlink_replaced(void)
{
	socklen_t len = sizeof(blocked.to);
	pthread_t thread;
	char room[512];

	blocked.thread = (pid_t)syscall(SYS_gettid);
	blocked.sender = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	blocked.fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	bind(blocked.fd, (struct sockaddr *)&(struct sockaddr_nl){.nl_family = AF_NETLINK}, len);
	getsockname(blocked.fd, (struct sockaddr *)&blocked.to, &len);
	pthread_create(&thread, NULL, replace_and_send, NULL);
	recv(blocked.fd, room, sizeof(room), 0);
	pthread_join(thread, NULL);
}

/* It answers with a policy, or with a node. */
static void policies(void)
{
	int answer = 77;

	syscall(SYS_get_mempolicy, &answer, NULL, 0, NULL, 0);
	syscall(SYS_get_mempolicy, &answer, NULL, 0, &answer, MPOL_F_NODE | MPOL_F_ADDR);
}

/* The kernel does not look behind a control message that is shorter than its own header. */
static void bad_control(void)
{
	size_t control[4] = {3, 0, 24, 0};
	struct msghdr m = {.msg_control = control, .msg_controllen = sizeof(control)};

	syscall(SYS_sendmsg, -1, &m, 0);
}

/* Asking for the time sets nothing, whatever is in the fields. */
static void clock_state(void)
{
	struct timex t;

	memset(&t, 0x11, sizeof(t));
	t.modes = 0;
	syscall(SYS_adjtimex, &t);
	memset(&t, 0x11, sizeof(t));
	t.modes = ADJ_FREQUENCY;
	syscall(SYS_clock_adjtime, -1, &t);
}

/* What the verifier says of a program without an end. */
static void refused_program(void)
{
	struct bpf_insn insn = {.code = BPF_ALU64 | BPF_MOV | BPF_K};
	char log[4096] = "old";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 1, .insns = (uintptr_t)&insn,
		.license = (uintptr_t)"GPL", .log_level = 1, .log_size = sizeof(log), .log_buf = (uintptr_t)log,
	};

	syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	attr.prog_flags = ~0u;
	attr.log_level = 1;
	syscall(SYS_bpf, BPF_PROG_LOAD, &attr, 96);	/* refused before anybody looks at it */
}

static void ask_personality(void)
{
	syscall(SYS_personality, 0xffffffff);
	syscall(SYS_personality, syscall(SYS_personality, 0xffffffff));
}

static void packet_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 96),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	syscall(SYS_setsockopt, -1, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static void icmp_filter(void)
{
	unsigned dropped = 1u << 8 | 1u << 3 | 1u << 1;	/* ICMP_ECHO, ICMP_DEST_UNREACH, one that has no name */

	syscall(SYS_setsockopt, -1, SOL_RAW, 1, &dropped, sizeof(dropped));
}

static const struct scene scenes[] = {
	{"hardware", hardware}, {"interfaces", interfaces}, {"extents", extents}, {"features", features}, {"keys", keys},
	{"some_messages", some_messages}, {"long_names", long_names}, {"keyboard", keyboard},
	{"no_argument", no_argument}, {"netlink_error", netlink_error}, {"netlink_unbound", netlink_unbound},
	{"netlink_replaced", netlink_replaced}, {"policies", policies}, {"bad_control", bad_control}, {"clock_state", clock_state},
	{"packet_filter", packet_filter}, {"icmp_filter", icmp_filter}, {"refused_program", refused_program},
	{"ask_personality", ask_personality},
};

int main(int argc, char *argv[])
{
	return play_scene(scenes, sizeof(scenes) / sizeof(scenes[0]), argc > 1 ? argv[1] : NULL);
}

"""What the kernel wrote is shown, and what it left alone is not."""
import os
import re
import unittest

import harness
from harness import TraceTest


class AnswerTest(TraceTest):
    def scene(self, name, *options):
        """The calls of a scene that are its matter: neither sockets and files made for it, nor their setting up."""
        kept = [line for line in self.lines("answers", name, options=options)
                if not re.match(r"(socket\w*|openat|bind|add_key|setsockopt\(\d|write)\(?", line)]
        return [re.sub(r"(?<=^ioctl\()\d+|(?<=^sendto\()\d+|(?<=^sendmmsg\()\d+|\b\d{6,}(?=,)", "N", line) for line in kept]


class Ioctls(AnswerTest):
    def test_the_address_of_a_card(self):
        """Its family is one of ARPHRD_, not of AF_, and of its 14 bytes only those of the address are written."""
        self.assertEqual(self.scene("hardware"), [
            'ioctl(N, SIOCGIFHWADDR, {ifr_name="lo"}) = 0 '
            "{ifr_hwaddr={sa_family=ARPHRD_LOOPBACK, sa_data=00:00:00:00:00:00}}",
            'ioctl(N, SIOCSIFHWADDR, {ifr_name="nosuch", ifr_hwaddr={sa_family=ARPHRD_ETHER, '
            "sa_data=02:03:04:05:06:07}}) = -1 [ENODEV]",
            'ioctl(N, SIOCSIFHWADDR, {ifr_name="nosuch", ifr_hwaddr={sa_family=ARPHRD_INFINIBAND, '
            r'sa_data="\x02\x03\x04\x05\x06\x07\x55\x55\x55\x55\x55\x55\x55\x55"}}) = -1 [ENODEV]',
            'ioctl(N, SIOCADDMULTI, {ifr_name="nosuch", sa_family=AF_UNSPEC, sa_data=02:03:04:05:06:07}) '
            "= -1 [ENODEV]",
            "ioctl(N, SIOCSARP, {arp_pa={sin_port=0, sin_addr=0.0.0.0, ..}, arp_ha={sa_family=ARPHRD_ETHER, "
            'sa_data=02:03:04:05:06:07}, arp_flags=0, arp_dev="nosuch", ..}) = -1 [ENODEV]',
        ])

    def test_all_interfaces(self):
        all_of_them, number = self.scene("interfaces")
        self.assertRegex(all_of_them, r'= 0 \{ifc_len=\d+, ifc_req=\[\{ifr_name="lo", ifr_addr=\{.*127\.0\.0\.1')
        count = int(re.search(r"\{ifc_len=(\d+), ifc_req=\[", all_of_them).group(1)) // 40
        shown = all_of_them.count("ifr_name=") + sum(map(int, re.findall(r"\.\.\(\+(\d+)\)", all_of_them)))
        self.assertEqual(shown, count)
        self.assertRegex(number, r"= 0 \{ifc_len=\d+, ifc_req=NULL\}$")

    def test_no_room_for_extents(self):
        self.assertEqual(self.scene("extents", "-v"), [
            "ioctl(N, FS_IOC_FIEMAP, {fm_start=0, fm_length=4096, fm_flags=FIEMAP_FLAG_SYNC, fm_extent_count=0}) = 0 "
            "{fm_start=0, fm_length=4096, fm_flags=FIEMAP_FLAG_SYNC, fm_mapped_extents=1, fm_extent_count=0, "
            "fm_extents=[]}"])

    def test_features_that_exclude_each_other_elsewhere(self):
        line, = self.scene("features")
        if "EBADF" in line:
            self.skipTest("no /dev/net/tun")
        self.assertRegex(line, r"^ioctl\(N, TUNGETFEATURES, \{IFF_TUN\|IFF_TAP\|[A-Z_|]+\}\) = 0$")

    def test_keyboards(self):
        self.assertEqual(self.scene("keyboard"), [
            'ioctl(-1, KDSKBSENT, {kb_func=3, kb_string="abc"}) = -1 [EBADF]',
            "ioctl(-1, TIOCLINUX, {TIOCL_GETSHIFTSTATE}) = -1 [EBADF]"])

    def test_an_argument_that_the_kernel_ignores(self):
        self.assertEqual(self.scene("no_argument"),
                         ["ioctl(-1, BLKFLSBUF) = -1 [EBADF]", "ioctl(-1, BLKRRPART) = -1 [EBADF]"])


class Others(AnswerTest):
    def test_keys_that_do_not_fit(self):
        found = self.scene("keys")
        if "ENOSYS" in found[0]:
            self.skipTest("no keys")
        self.assertEqual([re.sub(r"user;\d+;\d+;", "user;..;", line) for line in found], [
            "keyctl(KEYCTL_READ, N, &0x.., 3) = 7",
            'keyctl(KEYCTL_READ, N, "payload", 7) = 7',
            "keyctl(KEYCTL_READ, N, NULL, 0) = 7",
            "keyctl(KEYCTL_DESCRIBE, N, &0x.., 4) = 23",
            'keyctl(KEYCTL_DESCRIBE, N, "user;..;3f010000;desc", 64) = 23',
            'keyctl(KEYCTL_GET_SECURITY, N, "", 64) = 1'])

    def test_messages_that_were_not_sent(self):
        line, = self.scene("some_messages")
        self.assertTrue(line.endswith("= 2 [{msg_len=3}, {msg_len=5}]"), line)

    def test_a_name_that_does_not_fit(self):
        line = self.scene("long_names", "-v")[-1]
        self.assertIn(r'{msg_name={sun_path="\0a lon", ..}, msg_namelen=14, ', line)

    def test_a_control_message_without_a_header(self):
        line, = self.scene("bad_control")
        self.assertEqual(line.count("cmsg_level"), 1, line)

    def test_what_is_not_set(self):
        ask, change = self.scene("clock_state")
        self.assertRegex(ask, r"^adjtimex\(\{modes=0, \.\.\}\) = TIME_\w+ \{offset=-?\d+, freq=-?\d+, status=.*\}$")
        self.assertTrue(change.startswith("clock_adjtime(-1, {modes=ADJ_FREQUENCY, freq=N, ..}) = "), change)

    def test_why_a_program_was_refused(self):
        refused, early = self.scene("refused_program", "-v")
        if "log_true_size" not in self.scene("refused_program", "-vv")[0] or "EPERM" in refused:
            self.skipTest("no BPF for us")
        self.assertRegex(refused, r'= -1 \[EINVAL\] \(log_buf="[^"]+"(\.\.)?\)$')
        self.assertRegex(early, r"\}, 96\) = -1 \[EINVAL\]$")

    def test_a_question_without_a_change(self):
        ask = self.scene("ask_personality")[0]
        self.assertRegex(ask, r"^personality\(0x\.\.\) = [A-Z]")

    def test_a_filter_of_packets(self):
        self.assertEqual(self.scene("packet_filter", "-v"), [
            "setsockopt(-1, SOL_SOCKET, SO_ATTACH_FILTER, {len=3, filter=[{code=BPF_LD|BPF_H|BPF_ABS, k=0xc}, "
            "{code=BPF_JMP|BPF_K|BPF_JEQ, jt=0, jf=1, k=0x800}, {code=BPF_RET|BPF_K, k=96}]}, 16) = -1 [EBADF]"])

    def test_types_of_packets_that_are_dropped(self):
        self.assertEqual(self.scene("icmp_filter"), [
            "setsockopt(-1, SOL_RAW, ICMP_FILTER, {ICMP_DEST_UNREACH|ICMP_ECHO|0x2}, 4) = -1 [EBADF]"])

    def test_a_policy_or_a_node(self):
        found = self.scene("policies")
        if "ENOSYS" in found[0]:
            self.skipTest("no NUMA")
        self.assertEqual(found, [
            "get_mempolicy({MPOL_DEFAULT}, NULL, 0, NULL, 0) = 0",
            "get_mempolicy({0}, NULL, 0, &0x.., MPOL_F_NODE|MPOL_F_ADDR) = 0"])


class Netlink(AnswerTest):
    def test_errors(self):
        """A capped one ends behind the header of the request."""
        found = [line for line in self.scene("netlink_error", "-vv") if line.startswith("recvfrom")]
        self.assertIn("nlmsg_flags=0, ", found[0])
        self.assertRegex(found[0], r"error=-22, msg=\{.*\}, data=\"\\x11\\0.*\"\}\], 512")
        self.assertRegex(found[1], r"nlmsg_flags=NLM_F_CAPPED, .*error=-22, msg=\{[^}]*\}\}\], 512")

    def test_a_socket_without_a_name(self):
        self.assertEqual(self.scene("netlink_unbound"), [
            'sendto(N, [{nlmsg_type=NLMSG_NOOP, nlmsg_flags=NLM_F_REQUEST, ..}], 16, 0, NULL, 0) = 16'])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_socket_that_is_replaced_during_the_call(self):
        found = [line for line in self.scene("netlink_replaced") if line.startswith("recvfrom")]
        self.assertEqual([re.sub(r"\d+", "N", line, count=1) for line in found], [
            'recvfrom(N, [{nlmsg_type=NLMSG_NOOP, nlmsg_flags=0, ..}], 512, 0, NULL, NULL) = 16'])


if __name__ == "__main__":
    harness.main()

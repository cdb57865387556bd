/* Numbers, flags, enums and the kinds that are neither strings nor structs. */
#include "fixture.h"

#include <fcntl.h>

#include "names.h"

static void numbers_print_in_the_radix_of_their_kind(void **state)
{
	(void)state;
	TEXT(entry_of("numbers", ARGS((uint64_t)-1, 0xffffffff, (uint64_t)-5, 0xabc, 0755, 0x1000)),
	     "numbers(-1, 4294967295, -5, 0xabc, 0755, &0x1000) = ");
	TEXT(entry_of("more_numbers", ARGS((uint64_t)-1, UINT64_MAX, UINT64_MAX, (uint64_t)-2, (uint64_t)-3,
					   UINT64_MAX)),
	     "more_numbers(-1, 18446744073709551615, 18446744073709551615, -2, -3, 0xffffffffffffffff) = ");
}

static void registers_are_cut_to_the_width_of_the_parameter(void **state)
{
	(void)state;
	TEXT(entry_of("numbers", ARGS(0xdead00000005, 0xdead00000006, 7, 0xdead00000008, 0xdead00000001)),
	     "numbers(5, 6, 7, 0x8, 01, NULL) = ");
}

static void small_numbers_are_read_with_their_own_width(void **state)
{
	struct {
		int8_t a;
		int16_t b;
		int32_t c;
		uint8_t d;
		uint16_t e;
		uint32_t f;
		uint64_t g;
		uint8_t h;
		uint16_t i;
		uint64_t j;
		uint16_t k;
		uint8_t l[2];
		uint8_t m[4];
		char n, o;
	} s = {-1, -2, -3, 255, 65535, 4294967295U, 7, 0xfe, 0xfffe, 0x1ff, 0644, {0x01, 0x02}, {1, 2, 3, 4}, 'x', 0};

	(void)state;
	poke(MEMORY, &s, sizeof(s));
	TEXT(entry_of("small_numbers", ARGS(MEMORY)),
	     "small_numbers({a=-1, b=-2, c=-3, d=255, e=65535, f=4294967295, g=7, h=0xfe, i=0xfffe, j=0x1ff, k=0644, "
	     "l=258, m=16909060, n='x', o='\\0'}) = ");
}

static void ids_say_minus_one_for_no_change(void **state)
{
	(void)state;
	TEXT(entry_of("ids", ARGS(3, 4, 5, (uint64_t)-6, 0xffffffff, 1000)), "ids(3, 4, 5, -6, -1, 1000) = ");
}

static void devices_print_as_major_and_minor(void **state)
{
	(void)state;
	TEXT(entry_of("devices", ARGS(0x500, 0x12345678)), "devices(<5,0>, <1110,74616>) = ");
}

static void what_nobody_described_prints_in_hexadecimal(void **state)
{
	(void)state;
	TEXT(entry_of("undescribed", ARGS(255)), "undescribed(0xff) = ");
}

static void flags_print_in_table_order_with_leftovers_last(void **state)
{
	(void)state;
	TEXT(entry_of("takes_open", ARGS(O_APPEND | O_CREAT | O_RDWR | 0x800000)),
	     "takes_open(O_RDWR|O_CREAT|O_APPEND|0x800000) = ");
}

static void a_field_of_zero_prints_its_name(void **state)
{
	(void)state;
	TEXT(entry_of("takes_open", ARGS(0)), "takes_open(O_RDONLY) = ");
	TEXT(entry_of("takes_open", ARGS(O_CREAT)), "takes_open(O_RDONLY|O_CREAT) = ");
}

static void a_field_with_an_unknown_value_is_left_over(void **state)
{
	(void)state;
	TEXT(entry_of("takes_open", ARGS(3 | O_CREAT)), "takes_open(O_CREAT|0x3) = ");
}

static void a_flag_hides_the_flags_it_contains(void **state)
{
	(void)state;
	TEXT(entry_of("takes_open", ARGS(O_SYNC)), "takes_open(O_RDONLY|O_SYNC) = ");
	TEXT(entry_of("takes_open", ARGS(O_DSYNC)), "takes_open(O_RDONLY|O_DSYNC) = ");
}

static void what_c_leaves_undefined_has_a_value(void **state)
{
	(void)state;
	TEXT(entry_of("takes_quotient", ARGS((uint64_t)INT64_MIN, UINT64_MAX, 7)),
	     "takes_quotient(-9223372036854775808, -1, 7) = ");
	TEXT(entry_of("takes_quotient", ARGS(1, 0, 7)), "takes_quotient(1, 0, 7) = ");
	TEXT(entry_of("takes_shifted", ARGS(1, 63, 7)), "takes_shifted(1, 63, 7) = ");
	TEXT(entry_of("takes_shifted", ARGS(1, 64, 7)), "takes_shifted(1, 64) = ");
}

static void one_known_side_can_decide(void **state)
{
	(void)state;
	TEXT(entry_of("takes_either", ARGS(0, 0, 7, 8)), "takes_either(0, NULL, 8) = ");
	TEXT(entry_of("takes_either", ARGS(1, 0, 7, 8)), "takes_either(1, NULL, 7, 8) = ");
	poke32(MEMORY, 0);
	TEXT(entry_of("takes_either", ARGS(0, MEMORY, 7, 8)), "takes_either(0, {0}) = ");
}

static void no_more_is_shown_of_a_number_than_there_is(void **state)
{
	(void)state;
	poke32(MEMORY, 0x12345678);
	TEXT(entry_of("takes_part", ARGS(MEMORY, 4)), "takes_part({0x12345678}, 4) = ");
	TEXT(entry_of("takes_part", ARGS(MEMORY, 100)), "takes_part({0x12345678}, 100) = ");
	TEXT(entry_of("takes_part", ARGS(MEMORY, 2)), "takes_part({0x5678}, 2) = ");
	TEXT(entry_of("takes_part", ARGS(MEMORY, 3)), "takes_part(&0x10000, 3) = ");
	TEXT(entry_of("takes_part", ARGS(MEMORY, 0)), "takes_part(&0x10000, 0) = ");
}

static void no_flag_prints_the_zero_name_or_zero(void **state)
{
	(void)state;
	TEXT(entry_of("takes_zeros", ARGS(0)), "takes_zeros(FIELD_ZERO) = ");
	TEXT(entry_of("takes_prot", ARGS(0)), "takes_prot(PROT_NONE) = ");
	TEXT(entry_of("takes_prot", ARGS(3)), "takes_prot(PROT_READ|PROT_WRITE) = ");
	TEXT(entry_of("takes_high", ARGS(0)), "takes_high(0) = ");
}

static void flags_of_an_octal_kind_leave_octal_over(void **state)
{
	(void)state;
	TEXT(entry_of("takes_mode", ARGS(0100755)), "takes_mode(S_IFREG|0755) = ");
	TEXT(entry_of("takes_mode", ARGS(04644)), "takes_mode(S_ISUID|0644) = ");
	TEXT(entry_of("takes_mode", ARGS(0)), "takes_mode(0) = ");
}

static void flags_are_compared_in_the_width_of_their_storage(void **state)
{
	(void)state;
	TEXT(entry_of("takes_high", ARGS(0x80000001)), "takes_high(HIGH_BIT|LOW_BIT) = ");
	TEXT(entry_of("takes_high", ARGS(0xffffffff00000001)), "takes_high(LOW_BIT) = ");
}

static void a_field_wider_than_its_enum_has_no_name_for_more_than_fits(void **state)
{
	(void)state;
	poke64(MEMORY, 1);
	poke64(MEMORY + 8, 9);
	TEXT(entry_of("takes_wide", ARGS(MEMORY)), "takes_wide({first=LEVEL_ONE, second=SIGKILL}) = ");
	poke64(MEMORY, UINT64_MAX);
	TEXT(entry_of("takes_wide", ARGS(MEMORY)), "takes_wide({first=LEVEL_NEGATIVE, second=SIGKILL}) = ");
	poke64(MEMORY, 0x100000001);
	poke64(MEMORY + 8, 0x100000009);
	TEXT(entry_of("takes_wide", ARGS(MEMORY)), "takes_wide({first=4294967297, second=4294967305}) = ");
}

static void an_enum_prints_its_name_or_as_its_kind(void **state)
{
	(void)state;
	TEXT(entry_of("takes_dir", ARGS(0xffffff9c)), "takes_dir(AT_FDCWD) = ");
	TEXT(entry_of("takes_dir", ARGS((uint64_t)-100)), "takes_dir(AT_FDCWD) = ");
	TEXT(entry_of("takes_dir", ARGS(5)), "takes_dir(5) = ");
	TEXT(entry_of("takes_handler", ARGS(1)), "takes_handler(HANDLE_IGNORE) = ");
	TEXT(entry_of("takes_handler", ARGS(0x4000)), "takes_handler(&0x4000) = ");
}

static void bit_fields_are_taken_from_their_scalar(void **state)
{
	(void)state;
	TEXT(entry_of("takes_bits", ARGS(0x51fff7ff)), "takes_bits({low=2047, next=-1, op=PACKED_ADD, ..}) = ");
	decode_opt.verbose = 1;
	TEXT(entry_of("takes_bits", ARGS(0x5f800001)), "takes_bits({low=1, next=-2048, op=PACKED_LAST, top=5}) = ");
}

static void signals_without_a_name_are_real_time_ones(void **state)
{
	(void)state;
	TEXT(entry_of("takes_signal", ARGS(10)), "takes_signal(SIGUSR1) = ");
	TEXT(entry_of("takes_signal", ARGS(0)), "takes_signal(0) = ");
	TEXT(entry_of("takes_signal", ARGS(32)), "takes_signal(SIG32) = ");
	TEXT(entry_of("takes_signal", ARGS(34)), "takes_signal(SIGRTMIN) = ");
	TEXT(entry_of("takes_signal", ARGS(64)), "takes_signal(SIGRTMIN+30) = ");
	TEXT(entry_of("takes_signal", ARGS(65)), "takes_signal(65) = ");
	TEXT(entry_of("takes_signal", ARGS(0xffffffff)), "takes_signal(-1) = ");
}

static const char *sigset(uint64_t set)
{
	poke64(MEMORY, set);
	return entry_of("takes_sigset", ARGS(MEMORY, 8));
}

static void signal_sets_print_names_without_sig(void **state)
{
	(void)state;
	TEXT(sigset(0), "takes_sigset([], 8) = ");
	TEXT(sigset(1 << 9 | 1 << 11), "takes_sigset([USR1 USR2], 8) = ");
	TEXT(sigset(UINT64_C(1) << 31 | UINT64_C(1) << 35), "takes_sigset([32 RTMIN+2], 8) = ");
}

static void full_signal_sets_print_inverted(void **state)
{
	(void)state;
	TEXT(sigset(UINT64_MAX), "takes_sigset(~[], 8) = ");
	TEXT(sigset(~(UINT64_C(1) << 9 | 1 << 11)), "takes_sigset(~[USR1 USR2], 8) = ");
}

static void signal_sets_stay_names_with_numbers_wanted(void **state)
{
	(void)state;
	text_opt.numeric = decode_opt.string_addresses = decode_opt.addresses = true;
	TEXT(sigset(1 << 9), "takes_sigset([USR1], 8) = ");
}

static void signal_sets_of_impossible_sizes_are_pointers(void **state)
{
	(void)state;
	TEXT(entry_of("takes_sigset", ARGS(MEMORY, 1000)), "takes_sigset(&0x10000, 1000) = ");
	TEXT(entry_of("takes_sigset", ARGS(MEMORY, (uint64_t)-1)),
	     "takes_sigset(&0x10000, 18446744073709551615) = ");
	TEXT(entry_of("takes_sigset", ARGS(MEMORY_END, 8)), "takes_sigset(&0x14000, 8) = ");
	TEXT(entry_of("takes_sigset", ARGS(0, 8)), "takes_sigset(NULL, 8) = ");
}

static void a_signal_set_inside_a_struct_has_the_size_of_its_member(void **state)
{
	(void)state;
	poke64(MEMORY + 24, 1 << 1);
	TEXT(entry_of("takes_act", ARGS(MEMORY)), "takes_act({sa_mask=[INT]}) = ");
}

static void descriptor_sets_print_as_many_as_the_limit(void **state)
{
	(void)state;
	poke64(MEMORY, 0xf00d);
	TEXT(entry_of("takes_fdset", ARGS(MEMORY, 64)), "takes_fdset([0 2 3 12 13 14 15], 64) = ");
	TEXT(entry_of("takes_fdset", ARGS(MEMORY, 13)), "takes_fdset([0 2 3 12], 13) = ");
	poke64(MEMORY, 0x3ffff);
	TEXT(entry_of("takes_fdset", ARGS(MEMORY, 64)),
	     "takes_fdset([0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ..(+2)], 64) = ");
	TEXT(entry_of("takes_fdset", ARGS(MEMORY, 0)), "takes_fdset([], 0) = ");
	TEXT(entry_of("takes_fdset", ARGS(MEMORY, 0xffffffff)), "takes_fdset(&0x10000, -1) = ");
}

static void descriptor_sets_end_where_memory_does(void **state)
{
	(void)state;
	poke64(MEMORY_END - 8, 0x5);
	TEXT(entry_of("takes_fdset", ARGS(MEMORY_END - 8, 1024)), "takes_fdset([0 2 ..(?)], 1024) = ");
}

static void cpu_sets_print_ranges(void **state)
{
	(void)state;
	poke64(MEMORY, 0x8f);
	TEXT(entry_of("takes_cpuset", ARGS(MEMORY, 8)), "takes_cpuset([0-3 7], 8) = ");
	poke64(MEMORY, 0xc000000000000000);
	poke64(MEMORY + 8, 1);
	TEXT(entry_of("takes_cpuset", ARGS(MEMORY, 16)), "takes_cpuset([62-64], 16) = ");
	TEXT(entry_of("takes_cpuset", ARGS(MEMORY, 8)), "takes_cpuset([62-63], 8) = ");
	poke32(MEMORY, 0x5);
	TEXT(entry_of("takes_cpuset", ARGS(MEMORY, 1)), "takes_cpuset([0 2], 1) = ");
}

static void network_addresses_print_in_their_own_notation(void **state)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	(void)state;
	poke(MEMORY, loopback6, sizeof(loopback6));
	TEXT(entry_of("takes_address", ARGS(0x0100007f, MEMORY)), "takes_address(127.0.0.1, {six=::1}) = ");
	poke(MEMORY, "\x02\x00\x5e\x10\xff\xab", 6);
	poke(MEMORY + 8, "0123456789abcdef", 16);
	TEXT(entry_of("takes_mac", ARGS(MEMORY, MEMORY + 8)),
	     "takes_mac(02:00:5e:10:ff:ab, 30313233-3435-3637-3839-616263646566) = ");
	TEXT(entry_of("takes_mac", ARGS(MEMORY_END - 5, MEMORY_END - 15)), "takes_mac(&0x13ffb, &0x13ff1) = ");
}

static void ioctl_commands_without_a_name_print_their_parts(void **state)
{
	(void)state;
	TEXT(entry_of("takes_ioctl", ARGS(0x40085417)), "takes_ioctl(_IOW('T',23,8)) = ");
	TEXT(entry_of("takes_ioctl", ARGS(0x80045430)), "takes_ioctl(_IOR('T',48,4)) = ");
	TEXT(entry_of("takes_ioctl", ARGS(0xc0100401)), "takes_ioctl(_IOWR(4,1,16)) = ");
	TEXT(entry_of("takes_ioctl", ARGS(0x5401)), "takes_ioctl(_IO('T',1)) = ");
	text_opt.numeric = true;
	TEXT(entry_of("takes_ioctl", ARGS(0x40085417)), "takes_ioctl(0x40085417) = ");
}

static void wait_status_prints_what_happened(void **state)
{
	(void)state;
	TEXT(entry_of("takes_status", ARGS(0x100)), "takes_status(W_EXITED(1)) = ");
	TEXT(entry_of("takes_status", ARGS(0)), "takes_status(W_EXITED(0)) = ");
	TEXT(entry_of("takes_status", ARGS(11)), "takes_status(W_SIGNALED(SIGSEGV)) = ");
	TEXT(entry_of("takes_status", ARGS(0x8b)), "takes_status(W_SIGNALED(SIGSEGV)|WCOREDUMP) = ");
	TEXT(entry_of("takes_status", ARGS(0x147f)), "takes_status(W_STOPPED(SIGTSTP)) = ");
	TEXT(entry_of("takes_status", ARGS(0x4057f)), "takes_status(W_STOPPED(SIGTRAP)|0x40000) = ");
	TEXT(entry_of("takes_status", ARGS(0x1057f)), "takes_status(W_STOPPED(SIGTRAP)|PTRACE_EVENT_FORK) = ");
	TEXT(entry_of("takes_status", ARGS(0x80137f)), "takes_status(W_STOPPED(SIG19)|PTRACE_EVENT_STOP) = ");
	TEXT(entry_of("takes_status", ARGS(0x857f)), "takes_status(W_STOPPED(SIGTRAP|0x80)) = ");
	TEXT(entry_of("takes_status", ARGS(0xffff)), "takes_status(W_CONTINUED) = ");
}

static void constants_have_their_names_in_network_byte_order(void **state)
{
	static const uint8_t http[] = {0, 0, 0, 80};

	(void)state;
	poke(MEMORY, http, sizeof(http));
	TEXT(entry_of("takes_protocol", ARGS(0x0008, MEMORY)), "takes_protocol(PROTOCOL_IP, {n=PORT_HTTP}) = ");
	TEXT(entry_of("takes_protocol", ARGS(0x0800)), "takes_protocol(PROTOCOL_OTHER, NULL) = ");
	TEXT(entry_of("takes_protocol", ARGS(0x0100)), "takes_protocol(1, NULL) = ");
}

static void numeric_output_has_no_names(void **state)
{
	(void)state;
	text_opt.numeric = true;
	TEXT(entry_of("takes_open", ARGS(O_RDWR | O_CREAT)), "takes_open(0x42) = ");
	TEXT(entry_of("takes_prot", ARGS(0)), "takes_prot(0) = ");
	TEXT(entry_of("takes_mode", ARGS(0100755)), "takes_mode(0100755) = ");
	TEXT(entry_of("takes_dir", ARGS((uint64_t)-100)), "takes_dir(-100) = ");
	TEXT(entry_of("takes_signal", ARGS(35)), "takes_signal(35) = ");
	TEXT(entry_of("mmap_like", ARGS(0)), "mmap_like(&0x0) = ");
}

static void constants_are_found_by_value(void **state)
{
	(void)state;
	assert_string_equal(decode_constant(TYPE_errno, 2), "ENOENT");
	assert_null(decode_constant(TYPE_errno, 999));
}

static void calls_are_found_by_number_and_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(decode_find(1000), decode_find_name("numbers"));
	assert_null(decode_find(1));
	assert_null(decode_find(UINT64_MAX));
	assert_null(decode_find_name("nothing"));
}

static void constants_are_found_however_their_sign_was_extended(void **state)
{
	(void)state;
	assert_string_equal(decode_constant(TYPE_dirfd, (uint64_t)-100), "AT_FDCWD");
	assert_string_equal(decode_constant(TYPE_dirfd, 0xffffff9c), "AT_FDCWD");
	assert_null(decode_constant(TYPE_dirfd, 100));
}

static void a_value_is_shown_without_a_call(void **state)
{
	const struct decode_options opt = {0};
	struct text_sink sink;

	(void)state;
	poke32(MEMORY, 1);
	TEXT(value_of(TYPE_signal, 10), "SIGUSR1");
	TEXT(value_of(TYPE_struct_pair, MEMORY), "{x=1, y=0}");
	TEXT(value_of(TYPE_struct_pair, MEMORY_END), "&0x14000");
	text_sink_init(&sink, &text_opt);
	decode_value(TYPE_struct_pair, MEMORY, NULL, NULL, &opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "&0x10000");
	text_sink_free(&sink);
}

static void a_call_is_named_by_its_number(void **state)
{
	(void)state;
	poke32(MEMORY, 7);
	poke32(MEMORY + 4, 1013);
	TEXT(entry_of("takes_call", ARGS(1117, MEMORY)), "takes_call(takes_status, {arch=7, nr=takes_high}) = ");
	TEXT(entry_of("takes_call", ARGS((uint64_t)-1, 0)), "takes_call(-1, NULL) = ");
	text_opt.numeric = true;
	TEXT(entry_of("takes_call", ARGS(1117, 0)), "takes_call(1117, &0x0) = ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_print_in_the_radix_of_their_kind),
		TEST(registers_are_cut_to_the_width_of_the_parameter),
		TEST(small_numbers_are_read_with_their_own_width),
		TEST(ids_say_minus_one_for_no_change),
		TEST(devices_print_as_major_and_minor),
		TEST(what_nobody_described_prints_in_hexadecimal),
		TEST(flags_print_in_table_order_with_leftovers_last),
		TEST(a_field_of_zero_prints_its_name),
		TEST(a_field_with_an_unknown_value_is_left_over),
		TEST(a_flag_hides_the_flags_it_contains),
		TEST(what_c_leaves_undefined_has_a_value),
		TEST(one_known_side_can_decide),
		TEST(no_more_is_shown_of_a_number_than_there_is),
		TEST(no_flag_prints_the_zero_name_or_zero),
		TEST(flags_of_an_octal_kind_leave_octal_over),
		TEST(flags_are_compared_in_the_width_of_their_storage),
		TEST(an_enum_prints_its_name_or_as_its_kind),
		TEST(bit_fields_are_taken_from_their_scalar),
		TEST(signals_without_a_name_are_real_time_ones),
		TEST(signal_sets_print_names_without_sig),
		TEST(full_signal_sets_print_inverted),
		TEST(signal_sets_stay_names_with_numbers_wanted),
		TEST(signal_sets_of_impossible_sizes_are_pointers),
		TEST(a_signal_set_inside_a_struct_has_the_size_of_its_member),
		TEST(descriptor_sets_print_as_many_as_the_limit),
		TEST(descriptor_sets_end_where_memory_does),
		TEST(cpu_sets_print_ranges),
		TEST(network_addresses_print_in_their_own_notation),
		TEST(ioctl_commands_without_a_name_print_their_parts),
		TEST(wait_status_prints_what_happened),
		TEST(a_call_is_named_by_its_number),
		TEST(constants_have_their_names_in_network_byte_order),
		TEST(a_field_wider_than_its_enum_has_no_name_for_more_than_fits),
		TEST(numeric_output_has_no_names),
		TEST(constants_are_found_by_value),
		TEST(calls_are_found_by_number_and_by_name),
		TEST(constants_are_found_however_their_sign_was_extended),
		TEST(a_value_is_shown_without_a_call),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A bad network between the hosts, in the router's place: it takes frames from the router's devices, p1 and so on, loses some, has some
 * come twice, late, and so in another order, and cuts hosts off. What happens to the nth frame depends on the seed alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "electrode.h"

#define LOST 50 /* of 1000 */
#define DOUBLED 20 /* of 1000 */
#define LATE 50 /* of 1000, by up to 20 ms; others by up to 2 ms */
#define ON_ITS_WAY 256

static struct pollfd devices[HOSTS + 1];
static unsigned char here[HOSTS + 1][ETH_ALEN], there[HOSTS + 1][ETH_ALEN];

static struct frame {
	uint64_t due; /* 0 if there is none */
	uint32_t to, size;
	unsigned char bytes[1600];
} frames[ON_ITS_WAY];

static void hardware_address(const char *device, unsigned char *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq r = {};

	strcpy(r.ifr_name, device);
	if (ioctl(fd, SIOCGIFHWADDR, &r))
		die(device);
	memcpy(address, r.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

static void take_over(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY), forward = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY);
	uint32_t host;
	char name[16];

	if (write(forward, "0", 1) != 1)
		die("ip_forward");
	for (host = 1; host <= HOSTS; host++) {
		struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };

		snprintf(name, sizeof(name), "p%u", host);
		hardware_address(name, here[host]);
		address.sll_ifindex = if_nametoindex(name);
		devices[host] = (struct pollfd){ .fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), .events = POLLIN };
		if (devices[host].fd < 0 || bind(devices[host].fd, (void *)&address, sizeof(address)))
			die(name);
		enter(host);
		hardware_address("eth0", there[host]);
		if (setns(home, CLONE_NEWNET))
			die("setns");
	}
	devices[0].fd = -1;
}

static void pass_on(struct frame *f)
{
	memcpy(f->bytes, there[f->to], ETH_ALEN);
	memcpy(f->bytes + ETH_ALEN, here[f->to], ETH_ALEN);
	/* Who does not take it has lost it. */
	if (write(devices[f->to].fd, f->bytes, f->size) < 0)
		trial->lost++;
	f->due = 0;
}

static void put(uint32_t from, const unsigned char *bytes, uint32_t size, uint32_t *seed)
{
	uint32_t luck = random_below(seed, 1000), copies = luck >= LOST, i = 0, to;
	const struct iphdr *ip = (const void *)(bytes + ETH_HLEN);

	if (luck >= 1000 - DOUBLED)
		copies = 2;
	if (size < ETH_HLEN + sizeof(*ip))
		return;
	to = (ntohl(ip->daddr) >> 8 & 255) + 1; /* 10.0.N.2 */
	if (to > HOSTS || to == from || trial->cut[from] || trial->cut[to])
		return;
	if ((trial->apart[from] && to < HOSTS) || (trial->apart[to] && from < HOSTS))
		return;
	trial->lost += copies == 0;
	trial->doubled += copies == 2;
	for (; copies; copies--) {
		uint64_t delay = random_below(seed, random_below(seed, 1000) < LATE ? 20000000 : 2000000);

		while (i < ON_ITS_WAY && frames[i].due)
			i++;
		if (i == ON_ITS_WAY) {
			trial->lost++;
			return;
		}
		frames[i].due = now_ns() + delay;
		frames[i].to = to;
		frames[i].size = size;
		memcpy(frames[i].bytes, bytes, size);
	}
}

void wire(void)
{
	uint32_t seed = trial->seed * 17 + 5, i, host;
	unsigned char bytes[sizeof(frames[0].bytes)];

	take_over();
	for (;;) {
		uint64_t soonest = 50000000, now = now_ns();
		struct timespec wait = {};
		ssize_t size;

		for (i = 0; i < ON_ITS_WAY; i++) {
			if (frames[i].due && frames[i].due <= now)
				pass_on(&frames[i]);
			else if (frames[i].due && frames[i].due - now < soonest)
				soonest = frames[i].due - now;
		}
		wait.tv_nsec = soonest;
		ppoll(devices, HOSTS + 1, &wait, NULL);
		for (host = 1; host <= HOSTS; host++)
			while ((size = recv(devices[host].fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
				put(host, bytes, size, &seed);
	}
}

package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {

    private static final AddressRules REMOTE = AddressRules.of(HttpUrl.get("https://api.openai.com/v1"));
    private static final AddressRules LOCAL = AddressRules.of(HttpUrl.get("http://localhost:8080/v1"));

    private static List<InetAddress> addresses(String... literals) throws UnknownHostException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String literal : literals) {
            addresses.addAll(List.of(InetAddress.getAllByName(literal)));
        }
        return addresses;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "127.0.0.1",
                "127.8.9.10",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::127.0.0.1",
                "64:ff9b::a00:1",
                "2002:a00:1::",
                "2001:0:1::1",
                "2001:db8::1",
                "fc00::1",
                "fd12:3456::1",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void isNotPublic(String address) throws UnknownHostException {
        assertThat(AddressRules.isPublic(addresses(address).get(0))).isFalse();
        assertThatThrownBy(() -> REMOTE.check("cdn.example.com", addresses(address)))
                .isInstanceOf(AddressRules.RefusedAddressException.class)
                .hasMessage("address must be a public one but was not: cdn.example.com");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.9.9.9",
                "100.63.0.1",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.167.1.1",
                "198.17.0.1",
                "223.255.255.254",
                "2606:4700::1111",
                "64:ff9b::101:101",
                "2002:101:101::"
            })
    void isPublic(String address) throws UnknownHostException {
        assertThat(AddressRules.isPublic(addresses(address).get(0))).isTrue();
    }

    @Test
    void refusesANameOfWhichOneAddressIsPrivate() throws UnknownHostException {
        List<InetAddress> mixed = addresses("1.1.1.1", "10.0.0.1");

        assertThatThrownBy(() -> REMOTE.check("cdn.example.com", mixed))
                .isInstanceOf(AddressRules.RefusedAddressException.class);
    }

    @Test
    void allowsLoopbackWhereTheServerIsOnThisMachine() throws UnknownHostException {
        List<InetAddress> loopback = addresses("127.0.0.1", "::1");

        assertThat(LOCAL.check("127.0.0.1", loopback)).isEqualTo(loopback);
        assertThat(LOCAL.http()).isTrue();
        assertThat(REMOTE.http()).isFalse();
    }

    @Test
    void keepsALocalServerFromTheRestOfTheNetwork() throws UnknownHostException {
        List<InetAddress> metadata = addresses("169.254.169.254");

        assertThatThrownBy(() -> LOCAL.check("metadata.internal", metadata))
                .isInstanceOf(AddressRules.RefusedAddressException.class);
    }

    @Test
    void allowsTheHostThatTheOperatorNamedHimself() throws UnknownHostException {
        AddressRules lan = AddressRules.of(HttpUrl.get("http://192.168.1.5:8080/v1"));
        List<InetAddress> itself = addresses("192.168.1.5");
        List<InetAddress> neighbour = addresses("192.168.1.6");

        assertThat(lan.check("192.168.1.5", itself)).isEqualTo(itself);
        assertThatThrownBy(() -> lan.check("192.168.1.6", neighbour))
                .isInstanceOf(AddressRules.RefusedAddressException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1", "http://api.localhost/v1"})
    void knowsThisMachineByItsNames(String baseUrl) {
        assertThat(AddressRules.of(HttpUrl.get(baseUrl)).loopback()).isTrue();
    }
}

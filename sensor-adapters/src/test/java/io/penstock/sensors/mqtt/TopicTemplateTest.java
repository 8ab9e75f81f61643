package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.SenMl;
import io.penstock.sensors.reading.ChannelId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTemplateTest {
    @ParameterizedTest
    @CsvSource({
        "plant/{asset}/{channel}, plant/unit-1/flow, unit-1, flow",
        "plant/{asset}/sensor/{channel}, plant/unit3/sensor/s7, unit3, s7",
        "{channel}/of/{asset}, flow/of/unit-1, unit-1, flow",
        "a/+/{asset}/{channel}/#, a/b/unit-1/flow/x/y, unit-1, flow",
        "a/+/{asset}/{channel}/#, a/b/unit-1/flow, unit-1, flow"
    })
    void topicNamesItsChannel(String template, String topic, String asset, String channel) {
        assertThat(TopicTemplate.of(template).match(topic))
                .isEqualTo(new TopicTemplate.Match.Named(asset, new ChannelId(asset, channel)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plant",
                "plant/unit-1",
                "plant/unit-1/flow/more",
                "other/unit-1/flow",
                "plant//flow",
                "/////"
            })
    void topicOfAnotherShapeIsUnfit(String topic) {
        assertThat(TopicTemplate.of("plant/{asset}/{channel}").match(topic))
                .isInstanceOf(TopicTemplate.Match.Unfit.class);
    }

    @Test
    void fixedPartsStandInForMissingPlaces() {
        assertThat(TopicTemplate.forChannel("plant/{asset}/vibration_de", "vibration_de")
                        .match("plant/unit-1/vibration_de"))
                .isEqualTo(new TopicTemplate.Match.Named("unit-1", new ChannelId("unit-1", "vibration_de")));
        assertThat(new TopicTemplate("meter/42/power", "unit-1", "power").match("meter/42/power"))
                .isEqualTo(new TopicTemplate.Match.Named("unit-1", new ChannelId("unit-1", "power")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plant/{channel}",
                "plant/{asset}/{asset}/{channel}",
                "{site}/{asset}/{channel}",
                "plant/#/{asset}/{channel}",
                "p/{asset}/x{channel}"
            })
    void templateThatCannotNameAChannelIsRefused(String template) {
        assertThatThrownBy(() -> TopicTemplate.of(template)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusedPlaceholderComesWithWhatToWriteInstead() {
        assertThatThrownBy(() -> TopicTemplate.of("{site}/{asset}/{channel}"))
                .hasMessageContaining("{site}")
                .hasMessageContaining("+ for one that does not matter");
    }

    @Test
    void channelMayBeMissingOnlyWhereThePayloadNamesIt() {
        TopicTemplate template = TopicTemplate.of("plant/{asset}");
        assertThat(template.match("plant/unit-1")).isEqualTo(new TopicTemplate.Match.Named("unit-1", null));
        assertThat(template.match("plant/unit\u202e1")).isInstanceOf(TopicTemplate.Match.Unfit.class);
        assertThatThrownBy(() -> new Subscription("plant/+", template, new Plain()))
                .hasMessageContaining("names no channel");
        PayloadFormat senMl = new SenMl(SenMl.Encoding.JSON, SenMl.Names.LAST_PART);
        assertThat(new Subscription("plant/+", template, senMl).template()).isEqualTo(template);
    }

    @Test
    void hostileTopicIsUnfitAndItsReasonShort() {
        String hostile = "\u202e\u001b[31m\u2066".repeat(11_000);
        for (String topic :
                List.of(hostile, "plant/unit-1/" + hostile, "plant/" + hostile + "/flow", "/".repeat(65_000))) {
            assertThat(TopicTemplate.of("plant/{asset}/{channel}").match(topic))
                    .isInstanceOfSatisfying(
                            TopicTemplate.Match.Unfit.class,
                            unfit -> assertThat(unfit.reason()).hasSizeLessThan(300));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "plant/+/+, plant/+/vibration_de, true",
        "plant/#, plant/+/vibration_de, true",
        "plant/#, plant, true",
        "plant/+/vibration_de, plant/+/+, false",
        "plant/+, plant/#, false",
        "plant/+/+, plant/+, false",
        "$share/g/plant/#, plant/+, false"
    })
    void widerFilterCoversANarrowerOne(String wide, String narrow, boolean covers) {
        assertThat(MqttSourceSettings.covers(wide, narrow)).isEqualTo(covers);
    }

    @Test
    void brokerIsAskedOnceForOverlappingTopics() {
        MqttSourceSettings settings = new MqttSourceSettings(
                "plant",
                MqttConnectionSettings.of("tcp://127.0.0.1:1883", "test"),
                List.of(
                        new Subscription(
                                "plant/+/vibration_de",
                                TopicTemplate.forChannel("plant/{asset}/vibration_de", "vibration_de"),
                                new Plain()),
                        Subscription.of("plant/{asset}/{channel}", new Plain()),
                        Subscription.of("plant/{channel}/{asset}", new Plain()),
                        Subscription.of("meter/{asset}/{channel}", new Plain())));
        assertThat(settings.filters()).containsExactly("plant/+/+", "meter/+/+");
    }
}

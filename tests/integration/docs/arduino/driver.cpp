// A quarter of an hour in the life of the sketch: the network comes late, NTP later, the broker goes away for
// three minutes and refuses at first, an acknowledgement is lost, a sensor fails. What the sketch does is
// printed, a line each: kind, ms, retained, qos, topic, payload; separated by tabs.
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sys/time.h>

#include "Arduino.h"
#include "MQTT.h"
#include "WiFi.h"

void setup();
void loop();

namespace {

const long MINUTE = 60000;
const long WIFI_FROM = 3000, NTP_FROM = 15000, LOST_ACK_AT = 45000, END = 15 * MINUTE;
const long AWAY_FROM = 4 * MINUTE, AWAY_UNTIL = 7 * MINUTE;
const long NO_TEMPERATURE_FROM = 9 * MINUTE, NOTHING_FROM = 10 * MINUTE, ALL_AGAIN_FROM = 11 * MINUTE;
const long EPOCH = 1763701200;

long now = 0;
bool linked = false, ackLost = false;
MQTTClientCallbackSimple callback = nullptr;

bool brokerIsThere() { return now < AWAY_FROM || now >= AWAY_UNTIL; }

void tell(const char *kind, bool retained, int qos, const char *topic, const char *payload) {
  printf("%s\t%ld\t%d\t%d\t%s\t%s\n", kind, now, retained, qos, topic, payload);
}

}  // namespace

SerialPort Serial;
WiFiStation WiFi;

void SerialPort::begin(unsigned long) {}
void SerialPort::println(const String &text) { tell("printed", false, 0, "", text.c_str()); }
void WiFiStation::begin(const char *, const char *) {}
int WiFiStation::status() { return now >= WIFI_FROM ? WL_CONNECTED : WL_DISCONNECTED; }

unsigned long millis() { return now; }
void delay(unsigned long ms) { now += ms; }
long random(long below) { return (now / 7) % below; }
void configTime(long offset, int daylight, const char *) {
  if (offset || daylight) tell("wrong", false, 0, "", "the clock is not UTC");
}

float analogRead(int pin) {
  bool nothing = now >= NOTHING_FROM && now < ALL_AGAIN_FROM;
  bool noTemperature = nothing || (now >= NO_TEMPERATURE_FROM && now < ALL_AGAIN_FROM);
  if (pin == 34) return nothing ? NAN : 125 + now % 50;
  return noTemperature ? NAN : 312;
}

int worldTime(struct timeval *time, void *) {
  time->tv_sec = (now >= NTP_FROM ? EPOCH : 0) + now / 1000;
  time->tv_usec = now % 1000 * 1000;
  return 0;
}

MQTTClient::MQTTClient(int size) : bufSize(size) {}
void MQTTClient::begin(const char[], int, WiFiClient &) {}
void MQTTClient::onMessage(MQTTClientCallbackSimple heard) { callback = heard; }
void MQTTClient::setWill(const char topic[], const char payload[], bool retained, int qos) {
  tell("will", retained, qos, topic, payload);
}

bool MQTTClient::connect(const char clientId[], const char *, const char *) {
  linked = brokerIsThere();
  tell(linked ? "connected" : "failed", false, 0, "", clientId);
  return linked;
}

bool MQTTClient::subscribe(const char topic[], int qos) {
  tell("subscribed", false, qos, topic, "");
  String to = topic, said = "{\"accepted\": 1}";
  if (callback) callback(to, said);
  return true;
}

bool MQTTClient::publish(const char topic[], const char payload[], bool retained, int qos) {
  if (!connected()) return false;
  if (strlen(topic) + strlen(payload) + 10 > bufSize) {
    tell("wrong", retained, qos, topic, "too long for the buffer");
    return false;
  }
  tell("published", retained, qos, topic, payload);
  if (now >= LOST_ACK_AT && !ackLost && strstr(topic, "/telemetry")) {
    ackLost = true;
    return false;
  }
  return true;
}

bool MQTTClient::loop() { return connected(); }
bool MQTTClient::connected() { return linked = linked && brokerIsThere(); }

int main() {
  setup();
  while (now < END) loop();
  return 0;
}

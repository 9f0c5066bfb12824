// As much of the library MQTT by Joel Gaehwiler as the sketch uses, with its signatures.
#pragma once
#include "Arduino.h"
#include "WiFi.h"

typedef void (*MQTTClientCallbackSimple)(String &topic, String &payload);

class MQTTClient {
 public:
  explicit MQTTClient(int bufSize = 128);
  void begin(const char hostname[], int port, WiFiClient &client);
  void setWill(const char topic[], const char payload[], bool retained, int qos);
  void onMessage(MQTTClientCallbackSimple callback);
  bool connect(const char clientId[], const char username[] = nullptr, const char password[] = nullptr);
  bool subscribe(const char topic[], int qos);
  bool publish(const char topic[], const char payload[], bool retained, int qos);
  bool loop();
  bool connected();

 private:
  size_t bufSize;
};

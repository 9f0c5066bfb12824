#pragma once

enum { WL_CONNECTED = 3, WL_DISCONNECTED = 6 };

struct WiFiClient {};

struct WiFiStation {
  void begin(const char *name, const char *password);
  int status();
};
extern WiFiStation WiFi;
